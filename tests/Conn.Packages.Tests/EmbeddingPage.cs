using System.Text.RegularExpressions;

namespace Conn.Packages.Tests;

/// <summary>What the section Packages of docs/embedding.md prints, so that a test can do it as printed.</summary>
internal static partial class EmbeddingPage
{
    private static readonly string Section = Packages().Match(Clone.Read("docs", "embedding.md")).Value;

    /// <summary>Gets the block that follows a file's name, with the version and the feed of the test.</summary>
    public static string File(string name, string feed)
    {
        Match block = Block().Matches(Section).FirstOrDefault(b => b.Groups["name"].Value == name)
            ?? throw new InvalidOperationException($"docs/embedding.md, section Packages, prints no file {name}.");
        return block.Groups["text"].Value.Replace("\"../feed\"", $"\"{feed}\"", StringComparison.Ordinal)
            .Replace("Version=\"0.1.0\"", $"Version=\"{PackedFeed.Version}\"", StringComparison.Ordinal);
    }

    [GeneratedRegex("## Packages\n[\\s\\S]*?(?=\n## )")]
    private static partial Regex Packages();

    [GeneratedRegex("`(?<name>[\\w.]+)`[^`]*:\n```\\w+\n(?<text>[\\s\\S]*?)```", RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}
