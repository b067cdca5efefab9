using System.CommandLine;
using Conn.Cli.Owners;

namespace Conn.Cli.Verbs;

/// <summary>The options that say what the directory owners of a backup leave out.</summary>
internal sealed class ExcludeOptions
{
    private readonly Option<string[]> _patterns = SharedOptions.Many("--exclude", "P", "Leave out what matches, as a line of .gitignore; may be repeated.");
    private readonly Option<string?> _file = SharedOptions.One("--exclude-file", "F", "A file of such lines.");
    private readonly Option<bool> _caches = SharedOptions.Flag("--exclude-caches", "Leave out folders with a CACHEDIR.TAG.");
    private readonly Option<string[]> _ifPresent = SharedOptions.Many("--exclude-if-present", "F",
        "Leave out folders that hold a file of this name; may be repeated.");

    public void AddTo(Command command)
    {
        command.Add(_patterns);
        command.Add(_file);
        command.Add(_caches);
        command.Add(_ifPresent);
    }

    /// <summary>Checks that none is given: the configuration of a daemon says what its owners leave out.</summary>
    /// <exception cref="UsageException">One is given.</exception>
    public void RefuseWithDaemon(ParseResult parsed)
    {
        if (new Option[] { _patterns, _file, _caches, _ifPresent }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } option)
        {
            throw new UsageException($"{option.Name} is for owners that are named with --dir; what the owners of the daemon leave out is in its configuration.");
        }
    }

    /// <exception cref="UsageException">The file cannot be read.</exception>
    public Excludes Read(ParseResult parsed) => new()
    {
        Patterns = [.. parsed.GetValue(_file) is { } file ? Excludes.ReadFile("--exclude-file", file) : [], .. parsed.GetValue(_patterns) ?? []],
        Caches = parsed.GetValue(_caches),
        IfPresent = parsed.GetValue(_ifPresent) ?? [],
    };
}
