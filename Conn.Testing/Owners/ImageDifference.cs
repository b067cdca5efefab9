namespace Conn.Testing.Owners;

/// <summary>Says in words how the image of an owner's data differs from the expected one.</summary>
internal static class ImageDifference
{
    private const int MostCharacters = 60;
    private const int Before = 20;

    /// <summary>Compares two images by their lines, or by their parts between commas when each is one line.</summary>
    /// <param name="expected">The image that the data must have.</param>
    /// <param name="actual">The image that it has.</param>
    /// <returns>The rest of a sentence that begins with "the data": "lacks ...", "has ...", "is empty".</returns>
    public static string Of(string expected, string actual)
    {
        if (actual.Length == 0)
        {
            return $"is empty instead of {Quote(expected, 0)}";
        }

        (List<string> missing, List<string> extra) = Compare(expected, actual, "\n");
        if (missing.Count == 1 && extra.Count == 1)
        {
            (missing, extra) = Compare(missing[0], extra[0], ", ");
        }

        int from = missing.Count > 0 && extra.Count > 0 ? missing[0].AsSpan().CommonPrefixLength(extra[0]) : 0;
        return (missing.Count, extra.Count) switch
        {
            (0, 0) => "has the same parts in another order",
            (_, 0) => $"lacks {Parts(missing, from)}",
            (0, _) => $"has {Parts(extra, from)} that must not be there",
            _ => $"lacks {Parts(missing, from)}, and has {Parts(extra, from)} instead",
        };
    }

    private static (List<string> Missing, List<string> Extra) Compare(string expected, string actual, string separator)
    {
        List<string> missing = [.. expected.Split(separator)];
        List<string> extra = [];
        foreach (string part in actual.Split(separator))
        {
            if (!missing.Remove(part))
            {
                extra.Add(part);
            }
        }

        return (missing, extra);
    }

    private static string Parts(List<string> parts, int from) => Quote(parts[0], from) + (parts.Count == 1 ? "" : $" and {parts.Count - 1} more");

    /// <summary>The part around the first difference, on one line.</summary>
    private static string Quote(string text, int from)
    {
        int start = text.Length <= MostCharacters ? 0 : Math.Min(Math.Max(0, from - Before), text.Length - MostCharacters);
        string shown = text.Length <= MostCharacters ? text : text.Substring(start, MostCharacters);
        return $"'{(start > 0 ? "..." : "")}{shown.ReplaceLineEndings(" / ")}{(start + MostCharacters < text.Length ? "..." : "")}'";
    }
}
