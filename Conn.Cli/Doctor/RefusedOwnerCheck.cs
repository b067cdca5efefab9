using Conn.Hosting;

namespace Conn.Cli.Doctor;

/// <summary>Whether a program offers the daemon an owner that the daemon refuses, so that no backup holds it.</summary>
internal sealed class RefusedOwnerCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new([.. (examined.Status?.Refused ?? []).Select(Find)]);

    private static Finding Find(RefusedOwner owner) => Finding.Warning(
        $"owner {owner.Name ?? owner.Sid}", $"The daemon refuses it, so no backup holds it, although {owner.Where} offers it: {owner.Reason}",
        "Name it among the owners of the daemon's configuration with kind remote (and, for another user's program, in identities), and restart the daemon.");
}
