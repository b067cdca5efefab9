using System.CommandLine;
using System.CommandLine.Parsing;
using Conn.DataOwners;

namespace Conn.Cli.Verbs;

/// <summary>The options of <c>restore --to</c> that choose single paths, and what becomes of what exists there.</summary>
internal sealed class PathOptions
{
    private const string PathName = "--path";
    private const string OverwriteName = "--overwrite";

    private static readonly Dictionary<string, ContentOverwrite> Words = new(StringComparer.Ordinal)
    {
        ["never"] = ContentOverwrite.Never, ["if-changed"] = ContentOverwrite.IfChanged, ["if-newer"] = ContentOverwrite.IfNewer,
        ["always"] = ContentOverwrite.Always,
    };

    private readonly Option<string[]> _path = SharedOptions.Many(PathName, "P", "With --to: only this file or folder of the owner; may be repeated.");
    private readonly Option<string?> _overwrite = SharedOptions.One(OverwriteName, "WHEN",
        "With --to: DIR may hold files; of those that a restored one meets, replace none (never), or as said by if-changed, if-newer, always.");

    public PathOptions()
    {
        _overwrite.CompletionSources.Add([.. Words.Keys]);
        _overwrite.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: { Length: > 0 } word }, ..] && !Words.ContainsKey(word))
            {
                result.AddError($"--overwrite {word}: the words are {string.Join(", ", Words.Keys)}.");
            }
        });
    }

    public IEnumerable<Option> All => [_path, _overwrite];

    /// <summary>Gets whether a parsed <c>restore</c> restores single paths.</summary>
    public static bool AreGiven(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.Any(o => o.Name is PathName or OverwriteName && parsed.GetResult(o) is { Implicit: false });

    /// <summary>Gets the first option that is given; null if none is.</summary>
    public string? FirstGiven(CommandResult result) => result.GetResult(_path) is { Implicit: false } ? PathName
        : result.GetResult(_overwrite) is { Implicit: false } ? OverwriteName : null;

    public PathArguments Read(ParseResult parsed, RestoreArguments arguments) =>
        new(arguments, parsed.GetValue(_path) ?? [], parsed.GetValue(_overwrite) is { } word ? Words[word] : null);
}
