using System.CommandLine;

namespace Conn.Cli.Verbs;

/// <summary>Options that mean the same in every verb that has them.</summary>
internal static class SharedOptions
{
    public static Option<string> Repo() => new Option<string>("--repo") { Description = "The repository: a folder.", Required = true, HelpName = "REPO" }.NotEmpty();

    public static Option<bool> Json() => new("--json") { Description = "One JSON object on stdout instead of text." };

    public static Option<string[]> Owner() => new("--owner") { Description = "Only this owner; may be repeated.", HelpName = "NAME", DefaultValueFactory = _ => [] };

    /// <summary>A path of no characters, as an unset variable in a script gives it, is wrong usage.</summary>
    public static Option<T> NotEmpty<T>(this Option<T> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(t => t.Value.Length == 0))
            {
                result.AddError($"{option.Name} is empty.");
            }
        });
        return option;
    }
}
