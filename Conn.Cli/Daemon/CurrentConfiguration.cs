using Conn.Cli.Owners;
using Conn.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Conn.Cli.Daemon;

/// <summary>The configuration as it is now. A hang-up signal reads the file again: schedule and notifications change, the rest needs a restart.</summary>
internal sealed partial class CurrentConfiguration(string file, Configuration first) : IOptionsChangeTokenSource<ConnOptions>
{
    private readonly Configuration _started = first;
    private ConfigurationReloadToken _changed = new();

    public Configuration Value { get; private set; } = first;

    public string Name => ConnServices.DefaultName;

    public IChangeToken GetChangeToken() => _changed;

    /// <summary>Reads the file again. One that is wrong changes nothing, and is said.</summary>
    public void Reload(ILogger log)
    {
        try
        {
            Value = ConfigurationFile.Read(file);
        }
        catch (UsageException e)
        {
            Refused(log, e.Message);
            return;
        }

        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
        Reloaded(log, file);
        string[] other = [.. Differing(_started.Owners, Value.Owners)];
        if (other.Length > 0)
        {
            NeedsRestart(log, string.Join(", ", other));
        }
    }

    /// <summary>The names of the owners that are not the same in both.</summary>
    private static IEnumerable<string> Differing(IReadOnlyList<OwnerSpec> before, IReadOnlyList<OwnerSpec> now) =>
        before.Select(Print).Except(now.Select(Print)).Concat(now.Select(Print).Except(before.Select(Print))).Select(static p => p.Name).Distinct();

    private static (string Name, string Kind, string Source, ActiveBackup.OwnerPolicy Policy) Print(OwnerSpec owner) =>
        (owner.Name, owner.Kind, owner.Source, owner.Policy);

    [LoggerMessage(41, LogLevel.Error, "The configuration was not read again, and stays as it was: {Why}")]
    private static partial void Refused(ILogger log, string why);

    [LoggerMessage(44, LogLevel.Warning, "Owners are no longer as when the daemon started: {Owners}. Restart it, or its backups stay as they were")]
    private static partial void NeedsRestart(ILogger log, string owners);

    [LoggerMessage(42, LogLevel.Information, "Schedule, retention and notifications are now those of {File}; any other change needs a restart")]
    private static partial void Reloaded(ILogger log, string file);
}
