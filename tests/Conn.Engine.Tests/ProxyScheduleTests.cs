using System.Text;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

/// <summary>Random managers and owners, one of which fails at random in a backup or a restore: what must hold in every such run.</summary>
public sealed class ProxyScheduleTests
{
    private static readonly OwnerCallKind[] Callbacks =
    [
        OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.InitialiseGetProxyBackupData, OwnerCallKind.InitialiseGetBackupData,
            OwnerCallKind.GetBackupDataSection,
        OwnerCallKind.GetSnapshotData, OwnerCallKind.InitialiseRestoreProxyBaseData, OwnerCallKind.InitialiseRestoreBaseData,
            OwnerCallKind.RestoreBaseDataSection,
        OwnerCallKind.PrepareRestore, OwnerCallKind.Recover, OwnerCallKind.TerminateMultiStageOperation, OwnerCallKind.RestoreComplete,
    ];

    [Fact]
    public void Whichever_owner_fails_in_any_call_only_owners_joined_with_it_fail_and_no_owner_changes_in_part()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            string first = Run(seed);
            if (seed % 10 == 0)
            {
                Assert.Equal(first, Run(seed));
            }
        }
    }

    private static string Run(int seed)
    {
        string trace = "";
        VirtualTime.Run(async time =>
        {
            Random random = new(seed);
            int[] cuts = [1, 5, 24, 30, 64 << 10];
            await using VirtualHost host = await VirtualHost.StartAsync(time, sectionBytes: cuts[random.Next(cuts.Length)]);
            List<ScriptedDataOwner> all = [];
            List<int[]> managers = [];
            for (int i = 0; i < 2; i++)
            {
                ActiveType type = random.Next(2) == 0 ? ActiveType.ActiveAndProxy : ActiveType.ProxyOnly;
                all.Add(await host.AddManagerAsync($"manager{i}", type, r => r with { Policy = Policy(random) }));
                managers.Add([]);
            }

            for (int i = 0; i < 4; i++)
            {
                int[] mine = random.Next(4) switch { 0 => [], 1 => [1], 2 => [2], _ => random.Next(2) == 0 ? [1, 2] : [2, 1] };
                all.Add(await host.AddProxiedAsync($"owner{i}", mine, Policy(random)));
                managers.Add(mine);
                foreach (int manager in mine)
                {
                    all[manager - 1].Keep(3 + i, new string((char)('a' + i), random.Next(60)));
                }
            }

            all.ForEach(o => o.MaxSectionBytes = random.Next(3) == 0 ? random.Next(1, 20) : int.MaxValue);
            bool inRestore = random.Next(2) == 0;
            int broken = random.Next(all.Count);
            if (!inRestore)
            {
                Break(all[broken], random);
            }

            BackupReport backup = await host.BackupAsync();
            host.AssertNormal();
            CheckFailures(broken, managers, backup.Owners, $"seed {seed}, backup");
            if (inRestore)
            {
                Assert.Equal(OperationOutcome.Succeeded, backup.Outcome);
                string[] then = [.. Enumerable.Range(0, all.Count).Select(i => Image(all, i))];
                all.ForEach(Overwrite);
                string[] now = [.. Enumerable.Range(0, all.Count).Select(i => Image(all, i))];
                bool late = Break(all[broken], random) == OwnerCallKind.RestoreComplete;

                RestoreReport restore = await host.RestoreAsync();

                host.AssertNormal();
                string what = $"seed {seed}, restore: {string.Join(", ", restore.Owners.Select(o => $"{o.Name} {o.Outcome} {o.Error}"))}";
                for (int i = 0; i < all.Count; i++)
                {
                    bool failed = restore.Of(all[i].Name).Outcome == OwnerOutcome.Failed;
                    Assert.True((failed && late) || Image(all, i) == (restore.Committed && !failed ? then : now)[i], $"{what}: {all[i].Name}");
                    Assert.True(i == broken || !all[i].Holds, $"{what}: {all[i].Name} holds something");
                }

                if (restore.Committed)
                {
                    CheckFailures(broken, managers, [.. all.Select(o => restore.Of(o.Name))], what);
                }
            }

            trace = string.Join("\n", host.Trace.Lines);
            all.ForEach(o => o.Dispose());
        });
        return trace;
    }

    /// <summary>Only those joined with the broken one, by however many managers, may have failed.</summary>
    private static void CheckFailures(int broken, List<int[]> managers, IReadOnlyList<OwnerReport> reports, string what)
    {
        HashSet<int> joined = [broken];
        int before;
        do
        {
            before = joined.Count;
            for (int i = 0; i < managers.Count; i++)
            {
                int[] group = [i, .. managers[i].Select(m => m - 1)];
                if (group.Any(joined.Contains))
                {
                    joined.UnionWith(group);
                }
            }
        }
        while (joined.Count > before);

        Assert.All(Enumerable.Range(0, reports.Count).Where(i => !joined.Contains(i)), i =>
            Assert.True(reports[i].Outcome == OwnerOutcome.Succeeded, $"{what}: {reports[i].Name} {reports[i].Error} {string.Join(" ", reports[i].Errors)}"));
    }

    private static OwnerPolicy Policy(Random random) => random.Next(3) == 0 ? OwnerPolicy.Required : OwnerPolicy.BestEffort;

    private static OwnerCallKind Break(ScriptedDataOwner owner, Random random)
    {
        OwnerCallKind callback = Callbacks[random.Next(Callbacks.Length)];
        int at = random.Next(3);
        int how = random.Next(3);
        owner.On(callback, (call, t) => call < at ? default : how switch
        {
            0 => new ValueTask(new TaskCompletionSource().Task),
            1 => throw new ConnException(new ErrorCode(-4711), "broken"),
            _ => throw new InvalidOperationException("broken"),
        });
        return callback;
    }

    /// <summary>All data of an owner, wherever it is kept.</summary>
    private static string Image(List<ScriptedDataOwner> all, int owner) => string.Join("; ",
        all[owner].Data.Select(d => Encoding.UTF8.GetString(d.Value))
            .Concat(all.SelectMany(m => m.Kept.Where(k => k.Key.Owner == Sid(owner + 1)).Select(k => $"{m.Name} {Encoding.UTF8.GetString(k.Value)}"))));

    private static void Overwrite(ScriptedDataOwner owner)
    {
        foreach (DriveNumber drive in owner.Data.Keys.ToArray())
        {
            owner.Data[drive] = "lost"u8.ToArray();
        }

        foreach ((SecureId Owner, DriveNumber Drive) key in owner.Kept.Keys.ToArray())
        {
            owner.Kept[key] = "lost too"u8.ToArray();
        }
    }
}
