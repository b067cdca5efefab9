using System.Globalization;
using Conn.Repository.Retention;
using Conn.Repository.Sets;

namespace Conn.Repository.Tests.Retention;

/// <summary>The rules once more, slow and in another way: what must be kept, without the reasons.</summary>
internal static class RetentionModel
{
    public static HashSet<long> Kept(RetentionInput input)
    {
        HashSet<(long Sequence, string Owner)> parts = [.. input.Sets.Where(set => set.Time > input.Now || input.Pins.Any(pin => pin.Set == set.Id))
            .SelectMany(static set => set.Parts.Select(part => (set.Sequence, part.Name)).Append((set.Sequence, "")))];
        foreach (string owner in input.Sets.SelectMany(static set => set.Parts).Select(static part => part.Name).Distinct())
        {
            HashSet<long> kept = [];
            List<BackupSet> stored = [.. input.Sets.Where(set => Part(set, owner) is { IsStored: true, Type: not PartType.Quiesced })];
            if (input.Owners?.Contains(owner) == false)
            {
                kept.UnionWith(stored.Select(static set => set.Sequence));
            }
            else
            {
                List<BackupSet> good = [.. stored.Where(set => Part(set, owner)!.Outcome == PartOutcome.Succeeded)];
                long last = good.Count == 0 ? 0 : good.Max(static set => set.Sequence);
                kept.UnionWith(stored.Where(set => set.Sequence >= last).Select(static set => set.Sequence));
                Rules(input, [.. good.Where(set => set.Time <= input.Now).OrderByDescending(static set => set.Sequence)], kept);
            }

            parts.UnionWith(kept.Select(sequence => (sequence, owner)));
            for (bool grows = true; grows;)
            {
                List<SetId> parents = [.. input.Sets.Where(set => parts.Contains((set.Sequence, owner))).Select(set => Part(set, owner))
                    .Where(static part => part is { IsStored: true, Parent: not null }).Select(static part => part!.Parent!.Value)];
                grows = input.Sets.Where(set => parents.Contains(set.Id)).ToList().Exists(set => parts.Add((set.Sequence, owner)));
            }
        }

        return [.. parts.Select(static part => part.Sequence)];
    }

    private static OwnerPart? Part(BackupSet set, string owner) => set.Parts.FirstOrDefault(part => part.Name == owner);

    private static void Rules(RetentionInput input, List<BackupSet> newestFirst, HashSet<long> kept)
    {
        if (newestFirst.Count == 0)
        {
            return;
        }

        kept.UnionWith(newestFirst.Take(input.Policy.KeepLast).Select(static set => set.Sequence));
        List<BackupSet> ordered = InOrder(newestFirst);
        List<BackupSet> all = [.. ordered, .. newestFirst.Except(ordered)];
        foreach ((int most, Func<DateTime, string> period) in new (int, Func<DateTime, string>)[]
        {
            (input.Policy.KeepHourly, static t => t.ToString("yyyyMMddHH", CultureInfo.InvariantCulture)),
            (input.Policy.KeepDaily, static t => t.ToString("yyyyMMdd", CultureInfo.InvariantCulture)),
            (input.Policy.KeepWeekly, static t => $"{ISOWeek.GetYear(t)}-{ISOWeek.GetWeekOfYear(t)}"),
            (input.Policy.KeepMonthly, static t => t.ToString("yyyyMM", CultureInfo.InvariantCulture)),
            (input.Policy.KeepYearly, static t => t.ToString("yyyy", CultureInfo.InvariantCulture)),
        })
        {
            string Of(BackupSet set) => period(TimeZoneInfo.ConvertTime(set.Time, input.TimeZone).DateTime);
            List<BackupSet> firsts = [.. ordered.DistinctBy(Of).Take(most)];
            int places = most;
            if (firsts.Count < most && !firsts.Contains(ordered[^1]))
            {
                // It takes a place, and opens no period: a newer set of its period is kept already.
                kept.Add(ordered[^1].Sequence);
                places--;
            }

            kept.UnionWith(all.DistinctBy(Of).Take(places).Select(static set => set.Sequence));
        }

        if (input.Policy.KeepWithin is { } within)
        {
            kept.UnionWith(newestFirst.Where(set => set.Time > within.Before(newestFirst[0].Time)).Select(static set => set.Sequence));
        }
    }

    // Of all longest runs whose times do not fall, the one whose oldest set is oldest, then the next oldest, and so on.
    private static List<BackupSet> InOrder(List<BackupSet> newestFirst)
    {
        List<BackupSet> oldestFirst = [.. newestFirst.OrderBy(static set => set.Sequence)];
        Dictionary<BackupSet, int> lengths = [];
        int Length(BackupSet set)
        {
            if (!lengths.TryGetValue(set, out int length))
            {
                lengths[set] = length = 1 + oldestFirst.Where(newer => newer.Sequence > set.Sequence && newer.Time >= set.Time).Select(Length).DefaultIfEmpty(0).Max();
            }

            return length;
        }

        List<BackupSet> run = [oldestFirst.First(set => Length(set) == oldestFirst.Max(Length))];
        while (Length(run[^1]) > 1)
        {
            run.Add(oldestFirst.First(newer => newer.Sequence > run[^1].Sequence && newer.Time >= run[^1].Time && Length(newer) == Length(run[^1]) - 1));
        }

        run.Reverse();
        return run;
    }
}
