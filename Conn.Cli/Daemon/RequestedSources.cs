using Conn.Cli.Owners;
using Conn.Hosting;

namespace Conn.Cli.Daemon;

/// <summary>The daemon refuses what the tool without a daemon refuses: a backup of a Required owner whose source is not there, and a restore by a program that is not.</summary>
internal sealed class RequestedSources(OwnerList owners) : IRequestCheck
{
    public string? FindFault(BackupAsk ask) => FaultOf(() => SourcePath.RequireAll(Asked(ask.Owners)));

    public string? FindFault(RestoreAsk ask) => FaultOf(() => SourcePath.RequirePrograms(Asked(ask.Owners)));

    private OwnerSpec[] Asked(IReadOnlyList<string>? names) => [.. owners.Where(o => names?.Contains(o.Name) ?? true)];

    private static string? FaultOf(Action require)
    {
        try
        {
            require();
            return null;
        }
        catch (UsageException e)
        {
            return e.Message;
        }
    }
}
