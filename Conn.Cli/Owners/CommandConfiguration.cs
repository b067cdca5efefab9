using Conn.DataOwners;

namespace Conn.Cli.Owners;

/// <summary>Reads the program of a command owner in the file of --config.</summary>
internal static class CommandConfiguration
{
    /// <exception cref="UsageException">A member is missing or illegal.</exception>
    public static CommandOwnerOptions Read(string name, CommandModel model, string folder)
    {
        CommandOwnerOptions defaults = new() { Name = name, Program = PathOf(name, "program", model.Program, folder) };
        CommandOwnerOptions options = defaults with
        {
            Arguments = [.. (model.Arguments ?? []).Select(a => Text(name, "arguments", a))],
            Environment = (model.Environment ?? []).ToDictionary(static v => v.Key, v => Text(name, "environment", v.Value)),
            StagingFolder = model.Staging is null ? null : PathOf(name, "staging", model.Staging, folder),
            Plans = model.Plan, Discards = model.Discard ?? defaults.Discards, Freezes = model.Freeze,
            StageTimeout = ConfigurationFile.Seconds(model.StageSeconds, $"owner {name}: command.stageSeconds"),
            KillAfter = model.KillSeconds is null or (>= 0 and <= 3600) ? TimeSpan.FromSeconds(model.KillSeconds ?? defaults.KillAfter.TotalSeconds)
                : throw Wrong(name, "killSeconds", "must be 0 to 3600"),
        };
        return options.Environment.Keys.FirstOrDefault(static v => v.Length == 0 || v.Contains('=', StringComparison.Ordinal)
            || v.Contains('\0', StringComparison.Ordinal) || v.StartsWith("CONN_", StringComparison.Ordinal)) is { } variable
            ? throw Wrong(name, "environment", $"has the variable '{variable}'; a name is not empty, has no = and does not begin with CONN_") : options;
    }

    private static string PathOf(string name, string member, string? path, string folder) =>
        string.IsNullOrEmpty(path) || path.Contains('\0', StringComparison.Ordinal) ? throw Wrong(name, member, "is missing or no path")
            : SourcePath.Full($"--config: owner {name}", path, folder);

    private static string Text(string name, string member, string? text) =>
        text is null || text.Contains('\0', StringComparison.Ordinal) ? throw Wrong(name, member, "has a value that is null or contains NUL") : text;

    private static UsageException Wrong(string name, string member, string what) => new($"--config: owner {name}: command.{member} {what}.");
}
