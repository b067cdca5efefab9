using System.CommandLine;

namespace Conn.Cli.Verbs;

/// <summary>Operands that name sets and owners.</summary>
internal static class SetArgument
{
    /// <summary>A set.</summary>
    public static Argument<string> Create(RepositoryOption repo, string name = "SET")
    {
        Argument<string> set = new(name) { Description = "An id or its beginning, a sequence number, a day (2026-11-29: its newest set), latest or latest~N." };
        set.CompletionSources.Add(context => SetCompletion.Of(repo, context));
        return set;
    }

    /// <summary>An owner, with a path in it or without.</summary>
    public static Argument<string> Address(string description, bool isOptional = false) => new("OWNER[:PATH]")
    {
        Description = description, Arity = isOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    };
}
