using Conn.Cli.Owners;
using Microsoft.Extensions.Logging;

namespace Conn.Cli.Daemon;

/// <summary>Says when the daemon starts which sources, or parts of the program that an owner needs, are not there. It starts all the same: a disk may be
/// mounted later.</summary>
internal static partial class SourceWarnings
{
    public static void Write(OwnerList owners, ILogger log)
    {
        foreach (OwnerSpec owner in owners.Here)
        {
            foreach (string fault in owner.Drives.Values.Select(p => SourcePath.FaultOf(owner, p)).Append(OwnerFactory.MissingPartOf(owner)).OfType<string>())
            {
                Missing(log, owner.Name, fault);
            }
        }
    }

    [LoggerMessage(43, LogLevel.Warning, "No backup can hold owner {Owner} now: {Fault}")]
    private static partial void Missing(ILogger log, string owner, string fault);
}
