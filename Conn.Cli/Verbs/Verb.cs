using System.CommandLine;

namespace Conn.Cli.Verbs;

/// <summary>A verb of the tool with what its help page shows. Every verb has the common options.</summary>
internal sealed class Verb : Command
{
    public Verb(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>Gets what follows the verb in the usage line.</summary>
    public required string Usage { get; init; }

    /// <summary>Gets examples, each without the word conn.</summary>
    public required IReadOnlyList<string> Examples { get; init; }
}
