namespace Conn.Engine.Owners;

/// <summary>The default name of who asks for an operation: what other processes need to find it.</summary>
internal static class EngineHolder
{
    private const int MaxProgramLength = 200;

    /// <param name="what">What is asked for.</param>
    /// <returns>Program, what it asks for, and process id.</returns>
    public static string Of(string what)
    {
        string program = Path.GetFileNameWithoutExtension(Environment.ProcessPath) is { Length: > 0 } name ? name : "a program";
        return $"{program[..Math.Min(program.Length, MaxProgramLength)]}, {what} (process {Environment.ProcessId})";
    }
}
