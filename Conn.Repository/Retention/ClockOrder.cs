namespace Conn.Repository.Retention;

/// <summary>
/// Finds the sets whose times agree with their sequences. A clock that was wrong for a while dates sets back or ahead; the longest run of sets whose times do not
/// fall is believed, and the others are out of order. Among runs of equal length the one with the newer sets is taken.
/// </summary>
internal static class ClockOrder
{
    /// <summary>Returns for each set, by rising sequence, whether its time is in order.</summary>
    public static bool[] Find(IReadOnlyList<DateTimeOffset> times)
    {
        // Length of the longest run that ends at each set; ends[n] is the earliest time at which a run of n + 1 sets can end.
        int[] lengths = new int[times.Count];
        List<DateTimeOffset> ends = [];
        for (int i = 0; i < times.Count; i++)
        {
            int at = FirstLater(ends, times[i]);
            lengths[i] = at + 1;
            if (at == ends.Count)
            {
                ends.Add(times[i]);
            }
            else
            {
                ends[at] = times[i];
            }
        }

        bool[] inOrder = new bool[times.Count];
        int wanted = ends.Count;
        DateTimeOffset latest = DateTimeOffset.MaxValue;
        for (int i = times.Count - 1; i >= 0; i--)
        {
            if (lengths[i] == wanted && times[i] <= latest)
            {
                inOrder[i] = true;
                wanted--;
                latest = times[i];
            }
        }

        return inOrder;
    }

    private static int FirstLater(List<DateTimeOffset> ends, DateTimeOffset time)
    {
        (int low, int high) = (0, ends.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = ends[middle] <= time ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
