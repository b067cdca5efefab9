using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Xunit;
using static Conn.Repository.Tests.Retention.RetentionText;

namespace Conn.Repository.Tests.Retention;

/// <summary>Random sets, clocks, chains and policies: the rules agree with the slow model, and what is needed is never removable.</summary>
public sealed class RetentionModelTests
{
    private static readonly TimeZoneInfo[] Zones =
    [
        TimeZoneInfo.Utc, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), TimeZoneInfo.FindSystemTimeZoneById("America/St_Johns"),
    ];

    [Fact]
    public void The_rules_keep_what_the_model_keeps()
    {
        for (int seed = 0; seed < 4000; seed++)
        {
            RetentionInput input = Input(new Random(seed), clockIsRight: seed % 3 == 0);
            IReadOnlyList<RetainedSet> result = RetentionRules.Apply(input);
            string expected = string.Join(' ', RetentionModel.Kept(input).Order());
            Assert.True(expected == Result(result, false), $"Seed {seed}: expected {expected}, found {Result(result, true)}; {input.Policy}.");
            RequireNothingNeededIsRemovable(result, seed);
        }
    }

    [Fact]
    public void With_a_clock_that_was_right_a_second_prune_removes_nothing()
    {
        for (int seed = 0; seed < 1000; seed++)
        {
            RetentionInput input = Input(new Random(seed), clockIsRight: true);
            BackupSet[] kept = [.. RetentionRules.Apply(input).Where(static set => set.IsKept).Select(static set => set.Set)];
            Assert.All(RetentionRules.Apply(input with { Sets = kept }), set => Assert.True(set.IsKept, $"Seed {seed}: {set.Set.Sequence}."));
        }
    }

    private static void RequireNothingNeededIsRemovable(IReadOnlyList<RetainedSet> result, int seed)
    {
        Dictionary<SetId, RetainedSet> sets = result.ToDictionary(static set => set.Set.Id);
        foreach (RetainedSet set in result.Where(static set => set.IsKept))
        {
            Assert.All(set.Set.Parts.Where(part => part is { IsStored: true, Parent: not null } && set.Keeps(part)),
                part => Assert.True(sets[part.Parent!.Value].Keeps(sets[part.Parent!.Value].Set.Part(part.Sid)!), $"Seed {seed}: {set.Set.Sequence} needs {part.Parent}."));
        }
    }

    private static RetentionInput Input(Random random, bool clockIsRight)
    {
        DateTimeOffset clock = new(2025, random.Next(1, 13), random.Next(1, 28), random.Next(24), random.Next(60), 0, TimeSpan.Zero);
        string[] owners = ["a", "b", "c"];
        List<BackupSet> sets = [];
        int count = random.Next(1, 30);
        double step = Math.Pow(10, random.NextDouble() * 3.5);
        for (int sequence = 1; sequence <= count; sequence++)
        {
            clock = clock.AddHours(random.NextDouble() * step);
            DateTimeOffset time = clockIsRight || random.Next(4) > 0 ? clock : clock.AddHours((random.NextDouble() - 0.7) * 4 * step);
            sets.Add(new BackupSet
            {
                Id = Id(sequence), Sequence = sequence, Time = time, Outcome = SetOutcome.Succeeded, CopyOnly = random.Next(5) == 0,
                Parts = [.. owners.Where(_ => random.Next(3) > 0).Select(owner => Part(random, owner, sets, sequence))],
            });
        }

        int Rule() => random.Next(3) > 0 ? 0 : random.Next(1, 8);
        return new RetentionInput
        {
            Sets = sets,
            Now = clock.AddHours(clockIsRight || random.Next(3) > 0 ? 1 : -step * random.Next(5)),
            TimeZone = Zones[random.Next(Zones.Length)],
            Owners = random.Next(4) == 0 ? ["a", "b"] : null,
            Pins = random.Next(3) == 0 ? [(Id(random.Next(1, count + 1)), new RetentionReason(RetentionRule.Held))] : [],
            Policy = new RetentionPolicy
            {
                KeepLast = random.Next(1, 3), KeepHourly = Rule(), KeepDaily = Rule(), KeepWeekly = Rule(), KeepMonthly = Rule(), KeepYearly = Rule(),
                KeepWithin = random.Next(4) == 0 ? new RetentionPeriod(0, random.Next(3), random.Next(20), random.Next(24)) : null,
            },
        };
    }

    private static OwnerPart Part(Random random, string owner, List<BackupSet> sets, long sequence)
    {
        PartOutcome outcome = random.Next(6) switch { 0 => PartOutcome.Incomplete, 1 => PartOutcome.Failed, _ => PartOutcome.Succeeded };
        SetId[] parents = [.. sets.Where(set => set.Parts.Any(part => part.Name == owner && part.IsStored)).Select(static set => set.Id).TakeLast(2)];
        SetId? parent = parents.Length > 0 && random.Next(3) > 0 ? parents[random.Next(parents.Length)] : null;
        return new OwnerPart
        {
            Set = Id(sequence), Sequence = sequence, Name = owner, Sid = owner[0], Outcome = outcome, Parent = parent,
            Type = parent is not null ? PartType.Increment : random.Next(6) == 0 ? PartType.Quiesced : PartType.Base,
        };
    }
}
