using System.Text.RegularExpressions;

namespace Conn.Cli.Tests.Running;

/// <summary>A page of the documentation, or a section of one: its blocks and the words in its sentences are what a test runs.</summary>
internal sealed class DocumentPage
{
    private readonly string _name;
    private readonly string _text;

    private DocumentPage(string name, string text) => (_name, _text) = (name, text);

    /// <summary>Reads a file of the source tree that this program was built from.</summary>
    /// <param name="name">The path below the top of the source tree.</param>
    public static DocumentPage Read(string name)
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Conn.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The source tree this program was built from is not above it.");
        }

        return new DocumentPage(name, File.ReadAllText(Path.Combine(folder, name)).ReplaceLineEndings("\n"));
    }

    /// <summary>Gets the section of a heading of the second level.</summary>
    public DocumentPage Section(string heading) =>
        new($"{_name}, section '{heading}'", One($@"(?ms)^## {Regex.Escape(heading)}\n(.*?)(?=^## |\z)"));

    /// <summary>Gets the blocks of a language; "" is the language of a transcript.</summary>
    public string[] Blocks(string language) => [.. Regex.Matches(_text, @"(?ms)^```(\w*)\n(.*?)^```$")
        .Where(m => m.Groups[1].Value == language).Select(static m => m.Groups[2].Value)];

    /// <summary>Gets what the first group of a pattern finds; fails unless the page has the pattern exactly once.</summary>
    public string One(string pattern)
    {
        MatchCollection found = Regex.Matches(_text, pattern);
        return found.Count == 1 ? found[0].Groups[1].Value
            : throw new InvalidOperationException($"{_name} has {found.Count} times what a test reads in it: {pattern}. Write it again, or change the test.");
    }
}
