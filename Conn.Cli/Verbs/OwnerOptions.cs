using System.CommandLine;
using System.CommandLine.Parsing;
using Conn.Cli.Owners;

namespace Conn.Cli.Verbs;

/// <summary>The options that name owners, wherever OWNERS stands in a verb's usage. <c>--config</c> comes with the repository.</summary>
internal sealed class OwnerOptions(RepositoryOption repository)
{
    private readonly Option<string[]> _dir = SharedOptions.Many("--dir", "NAME=PATH", "A directory owner; may be repeated.");
    private readonly Option<string[]> _sqlite = SharedOptions.Many("--sqlite", "NAME=PATH", "A SQLite owner; may be repeated.");
    private readonly Option<string[]> _command = SharedOptions.Many("--command", "NAME=PROGRAM", "An owner whose data a program writes; may be repeated.");
    private readonly Option<string[]> _bestEffort = SharedOptions.Many("--best-effort", "NAME", "If this owner fails, the rest still counts; may be repeated.");

    public void AddTo(Command command)
    {
        command.Add(_dir);
        command.Add(_sqlite);
        command.Add(_command);
        command.Add(_bestEffort);
    }

    /// <summary>Gets the first option of the line that names an owner; null if none does.</summary>
    public string? FirstGiven(CommandResult result) => new Option<string[]>[] { _dir, _sqlite, _command, _bestEffort }
        .FirstOrDefault(o => result.GetResult(o) is { Implicit: false })?.Name;

    /// <exception cref="UsageException">A name is illegal or double, or an option is malformed or makes no sense for its owner.</exception>
    public OwnerList Read(ParseResult parsed, Excludes? excludes = null)
    {
        OwnerList owners = OwnerList.Of(parsed.GetValue(_dir) ?? [], parsed.GetValue(_sqlite) ?? [], parsed.GetValue(_command) ?? [],
            parsed.GetValue(_bestEffort) ?? [], repository.Config(parsed), excludes ?? new Excludes());
        foreach (OwnerSpec owner in owners)
        {
            OwnerFactory.Check(owner);
        }

        return owners;
    }
}
