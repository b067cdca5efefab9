namespace Conn.Cli.Doctor;

/// <summary>One fact that a check found.</summary>
/// <param name="About">What it is about: configuration, key, repository, disk, lock, socket, daemon, clock, limits, or an owner.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="What">What was found, one sentence.</param>
/// <param name="ToDo">What to do, one sentence; null when it is as it should be.</param>
/// <param name="Code">What the tool ends with because of it.</param>
internal sealed record Finding(string About, FindingLevel Level, string What, string? ToDo, ExitCode Code)
{
    public static Finding Ok(string about, string what) => new(about, FindingLevel.Ok, what, null, ExitCode.Done);

    public static Finding Warning(string about, string what, string toDo) => new(about, FindingLevel.Warning, what, toDo, ExitCode.Done);

    /// <summary>Makes a problem of an error message of Conn: its first sentence says what failed, the rest what to do.</summary>
    /// <param name="about">What it is about.</param>
    /// <param name="message">The message.</param>
    /// <param name="toDo">What to do if the message does not say it.</param>
    /// <param name="code">What the tool ends with.</param>
    public static Finding OfMessage(string about, string message, string toDo, ExitCode code)
    {
        int end = message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? Problem(about, message, toDo, code) : Problem(about, message[..(end + 1)], message[(end + 2)..], code);
    }

    public static Finding Problem(string about, string what, string toDo, ExitCode code = ExitCode.Failed) =>
        new(about, FindingLevel.Problem, what, toDo, code);
}
