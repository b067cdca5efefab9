using System.Text;

namespace Conn.Cli.Owners;

/// <summary>What a directory owner leaves out by choice.</summary>
internal sealed record Excludes
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Gets lines in the syntax of a <c>.gitignore</c> file, in order.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>Gets whether the content of folders with a cache directory tag is left out.</summary>
    public bool Caches { get; init; }

    /// <summary>Gets names of marker files; the content of a folder that holds one is left out.</summary>
    public IReadOnlyList<string> IfPresent { get; init; } = [];

    /// <summary>Gets whether nothing is left out by choice.</summary>
    public bool IsEmpty => Patterns.Count == 0 && !Caches && IfPresent.Count == 0;

    /// <summary>Gets the lines of a file of patterns.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static IReadOnlyList<string> ReadFile(string option, string file)
    {
        try
        {
            return File.ReadAllLines(SourcePath.Checked(option, file), StrictUtf8);
        }
        catch (DecoderFallbackException)
        {
            throw new UsageException($"{option} {file} is not valid UTF-8: its patterns would mean something else. A name with other bytes is matched by * or ?.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {file} cannot be read: {e.Message}");
        }
    }

    /// <summary>Gets these followed by others: a later line of patterns decides.</summary>
    public Excludes And(Excludes others) =>
        new() { Patterns = [.. Patterns, .. others.Patterns], Caches = Caches || others.Caches, IfPresent = [.. IfPresent, .. others.IfPresent] };
}
