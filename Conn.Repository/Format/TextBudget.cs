using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>What the remarks of one set may still take up. Many owners that each stay within their limits would otherwise make a manifest that no reader
/// takes.</summary>
internal sealed class TextBudget
{
    // In UTF-8 at most 36 of the 64 MiB of the largest record.
    private const int MaxLength = 12 << 20;
    private const int LengthOfNone = 8;

    private long _left = MaxLength;

    /// <summary>Shortens a text to its limit; empty when nothing is left.</summary>
    public string Take(string text)
    {
        string kept = StoredText.Shorten(text);
        return TryTake(kept) ? kept : "";
    }

    /// <summary>Shortens a list of texts to the limits of <see cref="PartResult"/>, and to what is left. Its last text then says how many are missing.</summary>
    public IReadOnlyList<string> Take(IReadOnlyList<string> texts)
    {
        List<string> kept = [];
        int length = 0;
        foreach (string text in texts.Take(PartResult.MaxTexts).Select(StoredText.Shorten))
        {
            length += text.Length;
            if (length > PartResult.MaxTextsLength || !TryTake(text))
            {
                break;
            }

            kept.Add(text);
        }

        if (texts.Count > kept.Count)
        {
            kept.Add($"… and {texts.Count - kept.Count} more");
        }

        return kept;
    }

    private bool TryTake(string text)
    {
        long left = _left - text.Length - LengthOfNone;
        if (left < 0)
        {
            return false;
        }

        _left = left;
        return true;
    }
}
