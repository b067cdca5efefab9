using System.Text;
using Conn.Ipc;
using Microsoft.Extensions.Options;

namespace Conn.Hosting.Instances;

/// <summary>Checks the options of one instance when the host starts, all of them before anything is made.</summary>
internal sealed class ConnOptionsCheck(string name, IReadOnlyList<OwnerEntry> owners, bool joinsDaemon) : IValidateOptions<ConnOptions>
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    public ValidateOptionsResult Validate(string? instance, ConnOptions options)
    {
        if (instance != name)
        {
            return ValidateOptionsResult.Skip;
        }

        string[] problems = [.. Problems(options)];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> EmbeddingProblems(ConnOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Repository))
        {
            yield return "Repository is not given: call UseRepository with the path of a folder.";
        }

        if (options.DaemonSocket is not null)
        {
            yield return $"DaemonSocket is '{options.DaemonSocket}', but the instance joins no daemon: call ConnectToDaemon, or remove it.";
        }
    }

    private IEnumerable<string> JoiningProblems(ConnOptions options)
    {
        if (options.Repository.Length > 0)
        {
            yield return
                $"Repository is '{options.Repository}', but the instance joins a daemon, which has the repository: call UseRepository or ConnectToDaemon.";
        }

        if (options.CreateRepository)
        {
            yield return "CreateRepository is set, but the instance joins a daemon, which has the repository: remove CreateIfMissing or ConnectToDaemon.";
        }

        if (options.Schedule.Count > 0)
        {
            yield return "Schedule is given, but the instance joins a daemon, which makes the backups: give the times to the daemon.";
        }

        if (options.Retention is not null)
        {
            yield return "Retention is given, but the instance joins a daemon, which has the repository: give it to the daemon.";
        }

        foreach (OwnerEntry remote in owners.Where(static o => o.Make is null))
        {
            yield return $"Owner {remote.Name} is one of another process, but the instance joins a daemon: add it to the daemon, not with AddRemoteOwner here.";
        }

        if (options.DaemonSocket is { } socket && (!Path.IsPathFullyQualified(socket) || Encoding.UTF8.GetByteCount(socket) > IpcSocketPath.MaxBytes))
        {
            yield return $"DaemonSocket is '{socket}'; it must be a full path of at most {IpcSocketPath.MaxBytes} bytes.";
        }
    }

    private IEnumerable<string> Problems(ConnOptions options)
    {
        foreach (string problem in joinsDaemon ? JoiningProblems(options) : EmbeddingProblems(options))
        {
            yield return problem;
        }

        if (owners.Count == 0)
        {
            yield return "There is no owner: call AddDirectory, AddSqlite or AddOwner.";
        }

        foreach (IGrouping<string, OwnerEntry> same in owners.GroupBy(static o => o.Name, StringComparer.Ordinal).Where(static g => g.Count() > 1))
        {
            yield return $"Owner {same.Key} is given {same.Count()} times; the name of an owner is unique in a host.";
        }

        if (options.Retention is { Policy: null or { IsEmpty: true } })
        {
            yield return "Retention keeps nothing: give its policy at least one rule, for example KeepDaily = 7.";
        }

        foreach (string problem in BackupTimes.Problems(options))
        {
            yield return problem;
        }

        foreach ((string member, TimeSpan value) in new[]
        {
            (nameof(options.NoProgressTimeout), options.NoProgressTimeout), (nameof(options.ReadinessTimeout), options.ReadinessTimeout),
            (nameof(options.Lease), options.Lease),
        })
        {
            if (value < TimeSpan.FromMilliseconds(1) || value > Longest)
            {
                yield return $"{member} is {value}; it must be 1 ms to 24 days.";
            }
        }

        if (options.Lease <= options.NoProgressTimeout)
        {
            yield return $"Lease ({options.Lease}) must be longer than NoProgressTimeout ({options.NoProgressTimeout}): an owner would give up before the engine does.";
        }

        if (options.DegradedAfter <= TimeSpan.Zero || options.UnhealthyAfter <= options.DegradedAfter)
        {
            yield return $"UnhealthyAfter ({options.UnhealthyAfter}) must be longer than DegradedAfter ({options.DegradedAfter}), and both greater than zero.";
        }
    }
}
