using System.CommandLine;

namespace Conn.Cli.Verbs;

/// <summary>Options that mean the same in every verb that has them.</summary>
internal static class SharedOptions
{
    public static Option<string> Repo() => new("--repo") { Description = "The repository: a folder.", Required = true, HelpName = "REPO" };

    public static Option<bool> Json() => new("--json") { Description = "One JSON object on stdout instead of text." };

    public static Option<string[]> Owner() => new("--owner") { Description = "Only this owner; may be repeated.", HelpName = "NAME", DefaultValueFactory = _ => [] };
}
