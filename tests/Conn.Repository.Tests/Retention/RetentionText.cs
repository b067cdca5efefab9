using System.Globalization;
using System.Text.RegularExpressions;
using Conn.Repository.Retention;
using Conn.Repository.Sets;

namespace Conn.Repository.Tests.Retention;

/// <summary>Sets, policies and results as short text, so that a table of cases can be read.</summary>
/// <remarks>
/// Sets are separated by spaces and numbered from 1: a time, and after a slash the parts by comma. A time is <c>MM-dd</c> at 02:00, or a whole one. A part is an owner's
/// letter with <c>!</c> failed, <c>~</c> incomplete, <c>?</c> quiesced, <c>&lt;N</c> continues set N; the default is <c>a</c>. A <c>c</c> after a second slash is
/// copy-only. A result names the kept sets, with their reasons in brackets.
/// </remarks>
internal static partial class RetentionText
{
    public static readonly DateTimeOffset Now = new(2026, 12, 31, 23, 0, 0, TimeSpan.Zero);

    public static SetId Id(long sequence) => SetId.Create(DateTimeOffset.UnixEpoch, (uint)sequence);

    public static List<BackupSet> SetsOf(string text)
    {
        List<BackupSet> sets = [];
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = word.Split('/');
            long sequence = sets.Count + 1;
            sets.Add(new BackupSet
            {
                Id = Id(sequence), Sequence = sequence, Time = Time(fields[0]), Outcome = SetOutcome.Succeeded, CopyOnly = fields.Length > 2,
                Parts = [.. (fields.Length > 1 && fields[1].Length > 0 ? fields[1] : "a").Split(',').Select(part => Part(part, sequence))],
            });
        }

        return sets;
    }

    public static RetentionPolicy Policy(string text)
    {
        RetentionPolicy policy = new();
        foreach (string[] rule in text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static rule => rule.Split('=')))
        {
            policy = rule[0] == "within" ? policy with { KeepWithin = RetentionPeriod.Parse(rule[1]) } : With(policy, rule[0], int.Parse(rule[1], CultureInfo.InvariantCulture));
        }

        return policy;
    }

    public static string Result(IReadOnlyList<RetainedSet> sets, bool withReasons) => string.Join(' ', sets.Where(static set => set.IsKept).Select(set =>
        withReasons ? $"{set.Set.Sequence}({string.Join(", ", set.Reasons.Select(static reason => reason.Text))})" : $"{set.Set.Sequence}"));

    private static RetentionPolicy With(RetentionPolicy policy, string rule, int count) => rule switch
    {
        "last" => policy with { KeepLast = count },
        "hourly" => policy with { KeepHourly = count },
        "daily" => policy with { KeepDaily = count },
        "weekly" => policy with { KeepWeekly = count },
        "monthly" => policy with { KeepMonthly = count },
        "yearly" => policy with { KeepYearly = count },
        _ => throw new ArgumentException($"No rule {rule}.", nameof(rule)),
    };

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(
        text.Length == 5 ? $"2026-{text}T02:00Z" : text.Contains('T', StringComparison.Ordinal) ? text + "Z" : text + "T02:00Z", CultureInfo.InvariantCulture);

    private static OwnerPart Part(string text, long sequence)
    {
        Match match = PartPattern().Match(text);
        long parent = match.Groups[3].Success ? long.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture) : 0;
        return new OwnerPart
        {
            Set = Id(sequence), Sequence = sequence, Name = match.Groups[1].Value, Sid = match.Groups[1].Value[0],
            Type = match.Groups[2].Value == "?" ? PartType.Quiesced : parent > 0 ? PartType.Increment : PartType.Base,
            Parent = parent > 0 ? Id(parent) : null,
            Outcome = match.Groups[2].Value switch { "!" => PartOutcome.Failed, "~" => PartOutcome.Incomplete, _ => PartOutcome.Succeeded },
        };
    }

    [GeneratedRegex("^([a-z])([!~?]?)(?:<([0-9]+))?$")]
    private static partial Regex PartPattern();
}
