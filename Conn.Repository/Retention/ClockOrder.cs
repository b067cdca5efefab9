namespace Conn.Repository.Retention;

/// <summary>
/// Finds the sets whose times agree with their sequences. A clock that was wrong for a while dates sets back or ahead; the longest run of sets whose times do not
/// fall is believed, and the others are out of order. Among runs of equal length the one with the older sets is taken: then the newer set is dated back.
/// </summary>
internal static class ClockOrder
{
    /// <summary>Returns for each set, by rising sequence, whether its time is in order.</summary>
    public static bool[] Find(IReadOnlyList<DateTimeOffset> times)
    {
        // Length of the longest run that begins at each set; starts[n] is the latest time at which a run of n + 1 sets can begin.
        int[] lengths = new int[times.Count];
        List<DateTimeOffset> starts = [];
        for (int i = times.Count - 1; i >= 0; i--)
        {
            int at = FirstEarlier(starts, times[i]);
            lengths[i] = at + 1;
            if (at == starts.Count)
            {
                starts.Add(times[i]);
            }
            else
            {
                starts[at] = times[i];
            }
        }

        bool[] inOrder = new bool[times.Count];
        int wanted = starts.Count;
        DateTimeOffset earliest = DateTimeOffset.MinValue;
        for (int i = 0; i < times.Count; i++)
        {
            if (lengths[i] == wanted && times[i] >= earliest)
            {
                inOrder[i] = true;
                wanted--;
                earliest = times[i];
            }
        }

        return inOrder;
    }

    private static int FirstEarlier(List<DateTimeOffset> starts, DateTimeOffset time)
    {
        (int low, int high) = (0, starts.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = starts[middle] >= time ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
