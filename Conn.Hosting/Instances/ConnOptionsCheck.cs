using Microsoft.Extensions.Options;

namespace Conn.Hosting.Instances;

/// <summary>Checks the options of one instance when the host starts, all of them before anything is made.</summary>
internal sealed class ConnOptionsCheck(string name, IReadOnlyList<OwnerEntry> owners) : IValidateOptions<ConnOptions>
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

    private IEnumerable<string> Problems(ConnOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Repository))
        {
            yield return "Repository is not given: call UseRepository with the path of a folder.";
        }

        if (owners.Count == 0)
        {
            yield return "There is no owner: call AddDirectory, AddSqlite or AddOwner.";
        }

        foreach (IGrouping<string, OwnerEntry> same in owners.GroupBy(static o => o.Name, StringComparer.Ordinal).Where(static g => g.Count() > 1))
        {
            yield return $"Owner {same.Key} is given {same.Count()} times; the name of an owner is unique in a host.";
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
