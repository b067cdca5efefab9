using Conn.Cli.Daemon;

namespace Conn.Cli.Doctor;

/// <summary>Whether a process writes to the repository now, and whether one that did was killed.</summary>
internal sealed class LockCheck : IDoctorCheck
{
    private const string About = "lock";
    private static readonly TimeSpan Long = TimeSpan.FromHours(24);

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined.Writers is { } writers ? [Find(writers, examined.Now)] : []);

    internal static Finding Find(WriterTraces writers, DateTimeOffset now)
    {
        if (writers.Holder is not { } holder || writers.Since is not { } since)
        {
            return Finding.Ok(About, "No process writes to the repository.");
        }

        return !writers.IsHeld ? Finding.Warning(About, $"The last writer, {holder}, was stopped before it finished.",
                "Nothing needs to be done: the next backup removes what it left.")
            : now - since > Long ? Finding.Warning(About, $"{holder} has written to the repository for {StatusOutput.Age(now - since)}.",
                "Look whether this process still works; if it does not, end it, and the lock is free.")
            : Finding.Ok(About, $"{holder} has written to the repository for {StatusOutput.Age(now - since)}.");
    }
}
