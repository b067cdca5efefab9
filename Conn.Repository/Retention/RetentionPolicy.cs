namespace Conn.Repository.Retention;

/// <summary>Represents the rules by which sets are kept. Each rule counts alone and for each owner; a set that any rule keeps is kept.</summary>
public sealed record RetentionPolicy
{
    /// <summary>The highest number of a rule: 100 000.</summary>
    public const int MaxCount = 100_000;

    /// <summary>Gets how many of the newest sets are kept. 0 to <see cref="MaxCount"/>; the default is 0.</summary>
    public int KeepLast { get; init; }

    /// <summary>Gets for how many hours that hold a set the newest set of the hour is kept. 0 to <see cref="MaxCount"/>; the default is 0.</summary>
    public int KeepHourly { get; init; }

    /// <summary>Gets for how many days that hold a set the newest set of the day is kept. 0 to <see cref="MaxCount"/>; the default is 0.</summary>
    public int KeepDaily { get; init; }

    /// <summary>Gets for how many ISO weeks (from Monday) that hold a set the newest set of the week is kept. 0 to <see cref="MaxCount"/>; the default is 0.</summary>
    public int KeepWeekly { get; init; }

    /// <summary>Gets for how many months that hold a set the newest set of the month is kept. 0 to <see cref="MaxCount"/>; the default is 0.</summary>
    public int KeepMonthly { get; init; }

    /// <summary>Gets for how many years that hold a set the newest set of the year is kept. 0 to <see cref="MaxCount"/>; the default is 0.</summary>
    public int KeepYearly { get; init; }

    /// <summary>Gets the period before the time of the owner's newest set within which every set is kept; null, the default, for no such rule.</summary>
    public RetentionPeriod? KeepWithin { get; init; }

    /// <summary>Gets whether no rule keeps anything. Such a policy is refused.</summary>
    public bool IsEmpty => Counts.All(static rule => rule.Count == 0) && KeepWithin is null or { IsZero: true };

    /// <summary>The rules that count, in the order in which they are shown.</summary>
    internal IEnumerable<(RetentionRule Rule, int Count)> Counts =>
    [
        (RetentionRule.Last, KeepLast), (RetentionRule.Hourly, KeepHourly), (RetentionRule.Daily, KeepDaily), (RetentionRule.Weekly, KeepWeekly),
        (RetentionRule.Monthly, KeepMonthly), (RetentionRule.Yearly, KeepYearly),
    ];

    /// <exception cref="ArgumentException">A member is out of range, or nothing is to be kept.</exception>
    internal void Validate(string parameter)
    {
        foreach ((RetentionRule rule, int count) in Counts)
        {
            if (count is < 0 or > MaxCount)
            {
                throw new ArgumentException($"Keep{rule} must be 0 to {MaxCount}, not {count}.", parameter);
            }
        }

        if (KeepWithin is { IsInRange: false })
        {
            throw new ArgumentException($"Each number of {nameof(KeepWithin)} must be 0 to 9999.", parameter);
        }

        if (IsEmpty)
        {
            throw new ArgumentException("The policy keeps nothing. Give at least one rule, for example KeepDaily = 7.", parameter);
        }
    }
}
