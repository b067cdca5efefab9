using Conn.Repository.Retention;
using Xunit;
using static Conn.Repository.Tests.Retention.RetentionText;

namespace Conn.Repository.Tests.Retention;

/// <summary>What is kept, and why. The facts of counting are those that the documentation and the issues of restic state for its forget.</summary>
public sealed class RetentionRulesTests
{
    private const string Days = "12-01 12-02 12-03 12-04 12-05 12-06 12-07 12-08 12-09 12-10";

    [Theory]
    // Each rule alone, newest first.
    [InlineData(Days, "last=1", "10(last 1, last good of a)")]
    [InlineData(Days, "last=3", "8(last 3) 9(last 2) 10(last 1, last good of a)")]
    [InlineData(Days, "last=100", "1 2 3 4 5 6 7 8 9 10")]
    [InlineData(Days, "daily=3", "8(daily 3) 9(daily 2) 10(daily 1, last good of a)")]
    [InlineData("12-01T01:00 12-01T02:00 12-01T03:00 12-02T01:00 12-02T02:00", "daily=2", "3(daily 2) 5(daily 1, last good of a)")]
    [InlineData("12-01T01:10 12-01T01:20 12-01T01:50 12-01T02:00 12-01T02:59", "hourly=2", "3(hourly 2) 5(hourly 1, last good of a)")]
    [InlineData("12-01T01:10 12-02T01:10 12-03T01:10", "hourly=2", "2(hourly 2) 3(hourly 1, last good of a)")]
    [InlineData("10-31 11-01 11-30 12-01 12-31", "monthly=2", "3(monthly 2) 5(monthly 1, last good of a)")]
    [InlineData("2024-06-01 2025-01-01 2025-12-31 2026-01-01 2026-05-01", "yearly=2", "3(yearly 2) 5(yearly 1, last good of a)")]
    // A period counts only if it holds a set.
    [InlineData("01-05 03-01 03-02 12-24", "daily=3", "2(daily 3) 3(daily 2) 4(daily 1, last good of a)")]
    [InlineData("2019-01-01 2022-01-01 2026-01-01", "yearly=2", "2(yearly 2) 3(yearly 1, last good of a)")]
    [InlineData("01-01 02-01 11-01 12-01", "monthly=3", "2 3 4")]
    // ISO weeks begin on Monday, and the first week of a year may begin in the year before.
    [InlineData("12-06 12-07", "weekly=2", "1(weekly 2) 2(weekly 1, last good of a)")]
    [InlineData("12-07 12-13", "weekly=2", "1(oldest weekly) 2(weekly 1, last good of a)")]
    [InlineData("2025-12-28 2025-12-29 2026-01-04", "weekly=2", "1(weekly 2) 3(weekly 1, last good of a)")]
    [InlineData("2020-12-27 2020-12-31 2021-01-03", "weekly=2", "1(weekly 2) 3(weekly 1, last good of a)")]
    // Results are united; one set may be kept by several rules.
    [InlineData(Days, "last=1 daily=2", "9(daily 2) 10(last 1, daily 1, last good of a)")]
    [InlineData("10-31 11-15 11-30 12-01 12-02 12-03", "daily=2 monthly=3", "1(monthly 3) 3(monthly 2) 5(daily 2) 6(daily 1, monthly 1, last good of a)")]
    [InlineData("2025-06-01 2025-12-31 2026-11-30 12-30 12-31", "daily=1 weekly=1 monthly=2 yearly=2",
        "2(yearly 2) 3(monthly 2) 5(daily 1, weekly 1, monthly 1, yearly 1, last good of a)")]
    // The oldest set stays until a rule has found all of its periods.
    [InlineData("12-01 12-02 12-03", "monthly=2", "1(oldest monthly) 3(monthly 1, last good of a)")]
    [InlineData("2026-03-01 2026-06-01 2026-12-01", "yearly=2", "1(oldest yearly) 3(yearly 1, last good of a)")]
    [InlineData("2026-03-01 2026-06-01 2026-12-01", "yearly=1", "3(yearly 1, last good of a)")]
    [InlineData("12-01 12-02", "last=1 yearly=3", "1(oldest yearly) 2(last 1, yearly 1, last good of a)")]
    // The period runs from the owner's newest set, not from now, and its limit is outside.
    [InlineData("01-01 01-02 01-03 01-04", "within=2d", "3(within) 4(within, last good of a)")]
    [InlineData("01-01T02:01 01-03", "within=2d", "1(within) 2(within, last good of a)")]
    [InlineData("2025-11-30 2025-12-31 01-31", "within=1m", "3(within, last good of a)")]
    [InlineData("2025-11-30 2026-01-01 01-31", "within=1m", "2(within) 3(within, last good of a)")]
    [InlineData("2025-01-31 2025-02-01 01-31", "within=1y", "2(within) 3(within, last good of a)")]
    [InlineData("01-01T01:00 01-01T02:00 01-01T03:00", "within=1h", "3(within, last good of a)")]
    [InlineData("01-01 01-20 01-31", "within=2w", "2(within) 3(within, last good of a)")]
    // Only a part that succeeded counts, and a rule goes back beyond the others.
    [InlineData("12-01 12-02/a~ 12-03", "last=2", "1(last 2) 3(last 1, last good of a)")]
    [InlineData("12-01 12-02 12-03/a!", "last=1", "2(last 1, last good of a)")]
    [InlineData("12-01 12-02/a? 12-03/a?", "last=1", "1(last 1, last good of a)")]
    [InlineData("12-01 12-02/a~ 12-03/a~", "last=1", "1(last 1, last good of a) 2(newer than the last good of a) 3(newer than the last good of a)")]
    [InlineData("12-01/a~ 12-02/a~", "last=1", "1(newer than the last good of a) 2(newer than the last good of a)")]
    // Owners count for themselves, by name.
    [InlineData("12-01/a,b 12-02/a 12-03/a", "last=1", "1(last 1, last good of b) 3(last 1, last good of a)")]
    [InlineData("12-01/a,b 12-02/a,b! 12-03/a,b!", "last=1", "1(last 1, last good of b) 3(last 1, last good of a)")]
    [InlineData("12-01/a 12-02/b 12-03/a 12-04/b", "last=1", "3(last 1, last good of a) 4(last 1, last good of b)")]
    // What a kept part needs is kept; what another owner's part in its set needs is not.
    [InlineData("12-01 12-02/a<1 12-03/a<2 12-04/a<3", "last=1", "1(needed by 4) 2(needed by 4) 3(needed by 4) 4(last 1, last good of a)")]
    [InlineData("12-01 12-02/a<1 12-03/a 12-04/a<3", "last=1", "3(needed by 4) 4(last 1, last good of a)")]
    [InlineData("12-01 12-02/a<1 12-03/a<1 12-04/a", "last=2", "1(needed by 3) 3(last 2) 4(last 1, last good of a)")]
    [InlineData("12-01/b 12-02/a,b<1 12-03/b", "last=1", "2(last 1, last good of a) 3(last 1, last good of b)")]
    [InlineData("12-01/a,b 12-02/a<1,b 12-03/b<2", "last=1", "1(needed by 2) 2(last 1, last good of a, needed by 3) 3(last 1, last good of b)")]
    [InlineData("12-01 12-02/a!<1 12-03/a", "last=1", "3")]
    // Copy-only sets count like others.
    [InlineData("12-01 12-02//c 12-03", "last=2", "2(last 2) 3(last 1, last good of a)")]
    // By sequence, not by clock: a set that is dated back takes no place, and one of the future neither counts nor goes.
    [InlineData("12-01 12-02 12-03 2020-01-01", "last=2", "3(last 2) 4(last 1, last good of a)")]
    [InlineData("12-01 12-02 12-03 12-02T23:00", "daily=3", "1(daily 3) 2(daily 2) 3(daily 1) 4(last good of a)")]
    [InlineData("12-01 12-02 12-03 2020-01-01 12-04", "daily=3", "2(daily 3) 3(daily 2) 5(daily 1, last good of a)")]
    [InlineData("12-01 12-02 12-03 2020-01-01 12-04", "daily=9", "1(daily 4) 2(daily 3) 3(daily 2) 4(daily 5) 5(daily 1, last good of a)")]
    [InlineData("12-01 12-02 2027-06-01 12-03 12-04", "last=1", "3(in the future) 5(last 1, last good of a)")]
    [InlineData("12-01 12-02 2027-06-01", "daily=1", "2(daily 1) 3(in the future, last good of a)")]
    [InlineData("2026-01-01 2026-11-30 2026-02-01 2026-03-01 2026-04-01", "monthly=3", "3(monthly 3) 4(monthly 2) 5(monthly 1, last good of a)")]
    [InlineData("12-01 12-01 12-01", "last=2 daily=1", "2(last 2) 3(last 1, daily 1, last good of a)")]
    [InlineData("01-01 02-01 2020-01-01", "within=1d", "1(within) 2(within) 3(within, last good of a)")]
    [InlineData("", "last=1", "")]
    public void The_table(string sets, string policy, string expected) => Assert.Equal(expected, Result(
        RetentionRules.Apply(new RetentionInput { Sets = SetsOf(Shorten(sets)), Policy = Policy(policy), Now = Now, TimeZone = TimeZoneInfo.Utc }),
        expected.Contains('(', StringComparison.Ordinal)));

    [Theory]
    [InlineData("UTC", "2")]
    [InlineData("Europe/Berlin", "1 2")]
    public void A_day_is_a_day_of_the_time_zone(string zone, string expected) => Assert.Equal(expected, Result(RetentionRules.Apply(new RetentionInput
    {
        Sets = SetsOf("2026-12-01T22:30 2026-12-01T23:30"), Policy = Policy("daily=2") with { KeepDaily = expected.Length == 1 ? 1 : 2 }, Now = Now,
        TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone),
    }), false));

    [Fact]
    public void The_repeated_hour_at_the_end_of_summer_time_is_one_hour() => Assert.Equal("2(hourly 1, last good of a)", Result(RetentionRules.Apply(new RetentionInput
    {
        Sets = SetsOf("2026-10-25T00:30 2026-10-25T01:30"), Policy = Policy("hourly=1"), Now = Now, TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"),
    }), true));

    [Fact]
    public void A_held_set_and_what_it_needs_are_kept() => Assert.Equal("1(needed by 2) 2(held) 4(last 1, last good of a)", Result(RetentionRules.Apply(new RetentionInput
    {
        Sets = SetsOf("2026-12-01 2026-12-02/a<1 2026-12-03/a<2 2026-12-04"), Policy = Policy("last=1"), Now = Now, Pins = [(Id(2), new RetentionReason(RetentionRule.Held))],
    }), true));

    [Fact]
    public void A_policy_for_one_owner_removes_nothing_of_another() => Assert.Equal("2(owner b) 3(last 1, last good of a)", Result(RetentionRules.Apply(new RetentionInput
    {
        Sets = SetsOf("2026-12-01 2026-12-02/a,b 2026-12-03"), Policy = Policy("last=1"), Now = Now, Owners = ["a"],
    }), true));

    [Theory]
    [InlineData("")]
    [InlineData("last=0 within=0d")]
    [InlineData("last=-1")]
    [InlineData("daily=100001")]
    public void A_policy_that_keeps_nothing_or_is_out_of_range_is_refused(string policy) =>
        Assert.Throws<ArgumentException>(() => RetentionRules.Apply(new RetentionInput { Sets = SetsOf("2026-12-01"), Policy = Policy(policy), Now = Now }));

    [Theory]
    [InlineData("7d", "7d")]
    [InlineData("2w", "14d")]
    [InlineData("1y6m3d12h", "1y6m3d12h")]
    [InlineData("0h", "0d")]
    [InlineData("", null)]
    [InlineData("7", null)]
    [InlineData("d", null)]
    [InlineData("1d1y", null)]
    [InlineData("-1d", null)]
    [InlineData("99999d", null)]
    [InlineData("9999w", null)]
    [InlineData("1 d", null)]
    public void Periods_are_read_as_written(string text, string? expected) =>
        Assert.Equal(expected, RetentionPeriod.TryParse(text, out RetentionPeriod period) ? period.ToString() : null);

    // A time of the table without a year is of 2026.
    private static string Shorten(string sets) => string.Join(' ', sets.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(static word => word[2] == '-' && word.Length > 5 && word[5] == 'T' ? "2026-" + word : word));
}
