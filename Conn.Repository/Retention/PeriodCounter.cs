using System.Globalization;

namespace Conn.Repository.Retention;

/// <summary>Counts one rule for one owner. Invariant: a period is counted once, for the first set of it that is offered.</summary>
internal sealed class PeriodCounter(RetentionRule rule, int count, TimeZoneInfo zone)
{
    private readonly HashSet<long> _periods = [];
    private int _kept;

    public RetentionRule Rule => rule;

    /// <summary>Offers a set; returns its position among the kept ones, or 0 if the rule does not keep it.</summary>
    public int Offer(long sequence, DateTimeOffset time) => _kept < count && _periods.Add(Period(sequence, time)) ? ++_kept : 0;

    /// <summary>Returns whether the rule could keep one set more; if it can, that set is counted.</summary>
    public bool TryTakeOne()
    {
        if (_kept >= count)
        {
            return false;
        }

        _kept++;
        return true;
    }

    private long Period(long sequence, DateTimeOffset time)
    {
        DateTime local = TimeZoneInfo.ConvertTime(time, zone).DateTime;
        return rule switch
        {
            RetentionRule.Hourly => local.Ticks / TimeSpan.TicksPerHour,
            RetentionRule.Daily => local.Ticks / TimeSpan.TicksPerDay,
            RetentionRule.Weekly => (ISOWeek.GetYear(local) * 100L) + ISOWeek.GetWeekOfYear(local),
            RetentionRule.Monthly => (local.Year * 100L) + local.Month,
            RetentionRule.Yearly => local.Year,
            _ => sequence,
        };
    }
}
