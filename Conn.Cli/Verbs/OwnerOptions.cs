using System.CommandLine;
using Conn.Cli.Owners;

namespace Conn.Cli.Verbs;

/// <summary>The options that name owners, wherever OWNERS stands in a verb's syntax.</summary>
internal sealed class OwnerOptions
{
    private readonly Option<string[]> _dir = Many("--dir", "NAME=PATH", "A directory owner; may be repeated.");
    private readonly Option<string[]> _sqlite = Many("--sqlite", "NAME=PATH", "A SQLite owner; may be repeated.");
    private readonly Option<string[]> _bestEffort = Many("--best-effort", "NAME", "This owner's failure makes the set partial, not failed; may be repeated.");
    private readonly Option<string?> _config = new Option<string?>("--config") { Description = "A JSON file with owners: several drives, SIDs, time-outs.", HelpName = "FILE" }.NotEmpty();

    public void AddTo(Command command)
    {
        command.Add(_dir);
        command.Add(_sqlite);
        command.Add(_bestEffort);
        command.Add(_config);
    }

    /// <exception cref="UsageException">A name is illegal or double, or an option is malformed.</exception>
    public OwnerList Read(ParseResult parsed) => OwnerList.Of(
        parsed.GetValue(_dir) ?? [], parsed.GetValue(_sqlite) ?? [], parsed.GetValue(_bestEffort) ?? [], parsed.GetValue(_config));

    private static Option<string[]> Many(string name, string help, string description) =>
        new(name) { Description = description, HelpName = help, DefaultValueFactory = _ => [] };
}
