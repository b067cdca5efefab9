using System.CommandLine;

namespace Conn.Cli.Verbs;

/// <summary>A verb of the tool with what its help page shows. Every verb has the common options.</summary>
internal sealed class Verb : Command
{
    /// <summary>What is true when a verb was interrupted that changes one thing at once.</summary>
    public const string AllOrNothing = "what was asked for was done as a whole, or not at all.";

    public Verb(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>Gets what is true when the verb was interrupted, from what was asked.</summary>
    public Func<ParseResult, string> WhenInterrupted { get; init; } = static _ => "nothing was changed.";

    /// <summary>Gets what follows the verb in the usage line.</summary>
    public required string Usage { get; init; }

    /// <summary>Gets examples, each without the word conn.</summary>
    public required IReadOnlyList<string> Examples { get; init; }
}
