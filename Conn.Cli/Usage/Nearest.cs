namespace Conn.Cli.Usage;

/// <summary>Finds the word that was meant when another one was typed.</summary>
internal static class Nearest
{
    /// <summary>Gets the known word that needs the fewest changes; null if none is near.</summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        (string? best, int least) = (null, Math.Max(1, word.TrimStart('-').Length / 3) + 1);
        foreach (string candidate in known)
        {
            int distance = Distance(word, candidate);
            (best, least) = distance < least ? (candidate, distance) : (best, least);
        }

        return best;
    }

    /// <summary>Counts the characters to insert, remove, replace, or exchange with the next one (optimal string alignment).</summary>
    private static int Distance(string from, string to)
    {
        int[,] d = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            for (int j = 0; j <= to.Length; j++)
            {
                d[i, j] = i == 0 || j == 0 ? i + j
                    : Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[from.Length, to.Length];
    }
}
