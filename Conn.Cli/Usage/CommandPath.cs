using System.CommandLine;

namespace Conn.Cli.Usage;

/// <summary>The words of a command line that lead to a command: <c>key add</c>.</summary>
internal static class CommandPath
{
    /// <summary>Gets the words after conn; empty for the tool itself.</summary>
    public static string Of(Command command) => command is RootCommand ? ""
        : command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? $"{Of(parent)} {command.Name}" : command.Name;

    /// <summary>Gets the words with conn before them.</summary>
    public static string Full(Command command) => $"conn {Of(command)}".TrimEnd();
}
