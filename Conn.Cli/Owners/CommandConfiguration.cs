using Conn.DataOwners;

namespace Conn.Cli.Owners;

/// <summary>Reads the program of a command owner in the file of --config.</summary>
internal static class CommandConfiguration
{
    /// <exception cref="UsageException">A member is missing or illegal.</exception>
    public static CommandOwnerOptions Read(string name, ConfigurationValue value, string folder)
    {
        value.Object("program", "arguments", "environment", "staging", "plan", "discard", "freeze", "stageSeconds", "killSeconds");
        CommandOwnerOptions defaults = new() { Name = name, Program = PathOf(value, "program", folder) ?? throw value.Wrong("program is missing.") };
        return defaults with
        {
            Arguments = [.. value.Texts("arguments").Select(a => Text(value.Member("arguments")!, a))],
            Environment = Environment(value.Member("environment")),
            StagingFolder = PathOf(value, "staging", folder),
            Plans = value.Flag("plan"), Discards = value.Member("discard") is null ? defaults.Discards : value.Flag("discard"), Freezes = value.Flag("freeze"),
            StageTimeout = value.Seconds("stageSeconds"),
            KillAfter = value.Seconds("killSeconds", 0, 3600) ?? defaults.KillAfter,
        };
    }

    private static Dictionary<string, string> Environment(ConfigurationValue? value)
    {
        Dictionary<string, string> variables = [];
        foreach ((string variable, ConfigurationValue text) in value?.Object([.. value.Members.Keys]).Members ?? new Dictionary<string, ConfigurationValue>())
        {
            if (variable.Length == 0 || variable.AsSpan().ContainsAny('=', '\0') || variable.StartsWith("CONN_", StringComparison.Ordinal))
            {
                throw text.Wrong($"a variable is named '{variable}'; a name is not empty, has no = and does not begin with CONN_.");
            }

            variables.Add(variable, Text(text, value!.RequiredText(variable)));
        }

        return variables;
    }

    private static string? PathOf(ConfigurationValue value, string member, string folder) => value.Text(member) is not { } path ? null
        : path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? throw value.Member(member)!.Wrong("this is no path.")
            : SourcePath.Full($"{value.Member(member)!.Where}: {value.Member(member)!.Path}", path, folder);

    private static string Text(ConfigurationValue value, string text) =>
        text.Contains('\0', StringComparison.Ordinal) ? throw value.Wrong("a value contains NUL.") : text;
}
