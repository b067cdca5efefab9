using System.CommandLine;
using System.CommandLine.Parsing;
using Conn.Cli.Owners;
using Conn.Repository.Retention;

namespace Conn.Cli.Verbs;

/// <summary>The options that say what a prune keeps. Without any of them the file of <c>--config</c> says it.</summary>
internal sealed class RetentionOptions
{
    private readonly Option<int?> _last = Count("--keep-last", "the newest sets");
    private readonly Option<int?> _hourly = Count("--keep-hourly", "the newest set of each hour");
    private readonly Option<int?> _daily = Count("--keep-daily", "the newest set of each day");
    private readonly Option<int?> _weekly = Count("--keep-weekly", "the newest set of each ISO week");
    private readonly Option<int?> _monthly = Count("--keep-monthly", "the newest set of each month");
    private readonly Option<int?> _yearly = Count("--keep-yearly", "the newest set of each year");
    private readonly Option<RetentionPeriod?> _within = SharedOptions.Period("--keep-within", "Keep every set of this period before the owner's newest one, for example 30d or 1y6m.");
    private readonly Option<RetentionPeriod?> _grace = SharedOptions.Period("--grace", "How long a set stays hidden before it is deleted. Default: 7d.");

    public IReadOnlyList<Option> All => [_last, _hourly, _daily, _weekly, _monthly, _yearly, _within, _grace];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }
    }

    public bool IsAnyGiven(SymbolResult result) => All.Any(option => result.GetResult(option) is { Implicit: false });

    /// <summary>Gets the request.</summary>
    /// <exception cref="UsageException">Neither options nor configuration keep anything.</exception>
    public RetentionRequest Read(ParseResult parsed, Configuration configuration, string[] owners)
    {
        RetentionPolicy policy = new()
        {
            KeepLast = parsed.GetValue(_last) ?? 0, KeepHourly = parsed.GetValue(_hourly) ?? 0, KeepDaily = parsed.GetValue(_daily) ?? 0,
            KeepWeekly = parsed.GetValue(_weekly) ?? 0, KeepMonthly = parsed.GetValue(_monthly) ?? 0, KeepYearly = parsed.GetValue(_yearly) ?? 0,
            KeepWithin = parsed.GetValue(_within),
        };
        RetentionRequest? file = configuration.Daemon.Retention;
        bool isGiven = All.Where(option => option != _grace).Any(option => parsed.GetResult(option) is { Implicit: false });
        policy = isGiven || file is null ? policy : file.Policy;
        return policy.IsEmpty
            ? throw new UsageException("Nothing would be kept: say what to keep, for example --keep-daily 7 --keep-weekly 4 --keep-monthly 12. Try: conn prune --help")
            : new RetentionRequest
            {
                Policy = policy, Grace = parsed.GetValue(_grace) ?? file?.Grace ?? RetentionRequest.DefaultGrace, Owners = owners.Length > 0 ? owners : null,
            };
    }

    private static Option<int?> Count(string name, string what)
    {
        Option<int?> option = new(name) { Description = $"Keep {what}, so many that hold one.", HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && (!int.TryParse(text, out int count) || count is < 0 or > RetentionPolicy.MaxCount))
            {
                result.AddError($"{name} {text}: a whole number from 0 to {RetentionPolicy.MaxCount} is expected.");
            }
        });
        return option;
    }
}
