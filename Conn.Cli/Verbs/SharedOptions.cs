using System.CommandLine;
using System.CommandLine.Parsing;
using Conn.Repository.Retention;

namespace Conn.Cli.Verbs;

/// <summary>Options that mean the same in every verb that has them.</summary>
internal static class SharedOptions
{
    public const string Json = "--json";
    public const string Quiet = "--quiet";
    public const string NoProgress = "--no-progress";

    /// <summary>Adds what every verb has that does something.</summary>
    public static void AddCommon(this Command command)
    {
        command.Add(new Option<bool>(Quiet, "-q") { Description = "Only errors and what needs attention." });
        command.Add(new Option<bool>(NoProgress) { Description = "Do not show progress." });
        command.Add(new Option<bool>(Json) { Description = "One JSON object on stdout instead of text." });
    }

    public static Option<string[]> Many(string name, string help, string description) =>
        new Option<string[]>(name) { Description = description, HelpName = help, DefaultValueFactory = _ => [] }.WithValue();

    public static Option<string[]> Owner() => Many("--owner", "NAME", "Only this owner; may be repeated.");

    public static Option<string?> One(string name, string help, string description) =>
        new Option<string?>(name) { Description = description, HelpName = help }.WithValue();

    /// <summary>An option of a period, for example 36h.</summary>
    public static Option<RetentionPeriod?> Period(string name, string description) => new(name)
    {
        Description = description, HelpName = "D",
        CustomParser = result =>
        {
            if (RetentionPeriod.TryParse(result.Tokens.Single().Value, out RetentionPeriod period))
            {
                return period;
            }

            result.AddError($"{name} {result.Tokens.Single().Value}: this is no period; examples are 7d, 36h and 1y6m.");
            return null;
        },
    };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>Refuses a value of no characters, as an unset variable in a script gives it, and the next option where a value was forgotten.</summary>
    private static Option<T> WithValue<T>(this Option<T> option)
    {
        option.Validators.Add(result =>
        {
            foreach (string value in result.Tokens.Select(static t => t.Value))
            {
                if (value.Length == 0)
                {
                    result.AddError($"{option.Name} is empty.");
                }
                else if (result.Parent is CommandResult command && command.Command.Options.Any(o => o.Name == value || o.Aliases.Contains(value)))
                {
                    result.AddError($"{option.Name} has no value: {value} after it is an option.");
                }
            }
        });
        return option;
    }
}
