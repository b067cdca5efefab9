using System.Globalization;
using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The daemon and the program of an owner are killed at random moments of backups and restores in place, again and again, over a real tree.</summary>
public sealed class DaemonKillCampaign
{
    private const string KillsVariable = "CONN_KILLS";
    private const string TreeVariable = "CONN_CAMPAIGN_TREE";
    private const string Remote = """, "timeouts": { "noProgressSeconds": 20, "readinessSeconds": 20, "leaseSeconds": 25 }""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<TimeSpan> _toNormal = [];
    private int _operations;
    private int _carried;

    [Theory(Explicit = true)]
    [InlineData(1)]
    public async Task After_each_kill_the_data_is_old_or_new_as_a_whole_and_everything_goes_on(int seed)
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable(KillsVariable) ?? "30", CultureInfo.InvariantCulture);
        Random random = new(seed);
        using Workplace place = new Workplace().WithLedger(20_000);
        if (Environment.GetEnvironmentVariable(TreeVariable) is { } tree)
        {
            await ToolRun.OtherAsync("cp", "-a", "-T", tree, place.Docs);
        }
        else
        {
            place.WithDocs(2000);
        }

        string file = place.File("app/data", 2_000_000);
        DaemonRun daemon = await DaemonRun.StartAsync(place, Remote, withRemote: true);
        ToolProcess program = JoinedProgram.Start(DaemonRun.Socket(place), file);
        int joined = 1;
        await program.SaysAsync(JoinedProgram.Joined);
        (await daemon.AskAsync("backup")).Ends(0);
        for (int kill = 0; kill < kills; kill++)
        {
            bool isRestore = kill % 3 == 2;
            Print stored = await Print.OfAsync(place, file);
            if (isRestore)
            {
                (await daemon.AskAsync("backup")).Ends(0);
            }

            Change(place, file, kill);
            Print changed = await Print.OfAsync(place, file);
            await using ToolProcess asked = ToolRun.Start([.. isRestore ? (string[])["restore", "--in-place"] : ["backup"], "--socket", DaemonRun.Socket(place)]);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100, 1500)), TimeProvider.System, TestContext.Current.CancellationToken);
            bool killsDaemon = random.Next(2) == 0;
            ToolProcess victim = killsDaemon ? daemon.Process : program;
            victim.Signal(LinuxCalls.Kill);
            ToolResult result = await asked.EndAsync();
            _operations += result.ExitCode == 0 ? 1 : 0;
            await victim.DisposeAsync();
            long died = TimeProvider.System.GetTimestamp();
            if (killsDaemon)
            {
                daemon = await DaemonRun.StartAsync(place, Remote, withRemote: true);
                joined++;
            }
            else
            {
                program = JoinedProgram.Start(DaemonRun.Socket(place), file);
                joined = 1;
            }

            await NormalAsync(place);
            _toNormal.Add(TimeProvider.System.GetElapsedTime(died));
            await program.SaysAsync(JoinedProgram.Joined, joined);
            if (isRestore)
            {
                // What was committed and not finished is finished by the next operation with the owner.
                (await daemon.AskAsync("backup")).Ends(0);
            }

            Print now = await Print.OfAsync(place, file);
            Assert.True(now == changed || (isRestore && now == stored), $"Kill {kill} ({(killsDaemon ? "daemon" : "program")} in a {(isRestore ? "restore" : "backup")}): mixed data. {result}");
            _carried += isRestore && now == stored ? 1 : 0;
            if (kill % 10 == 9)
            {
                (await place.VerifyAsync()).Ends(0);
            }
        }

        (await daemon.AskAsync("backup")).Ends(0);
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);
        Assert.False(File.Exists(DaemonRun.Socket(place)));
        await place.AssertCleanAsync(await place.SetsAsync());
        await program.DisposeAsync();
        TestContext.Current.SendDiagnosticMessage(Line(kills));
        await Console.Error.WriteLineAsync(Line(kills));
    }

    private string Line(int kills)
    {
        TimeSpan[] times = [.. _toNormal.Order()];
        return string.Create(CultureInfo.InvariantCulture,
            $"{kills} kills: {_operations} operations ended first, {_carried} restores were carried through; repository clean, no data mixed; to Normal median {times[times.Length / 2].TotalSeconds:0.00} s, most {times[^1].TotalSeconds:0.00} s");
    }

    private static void Change(Workplace place, string file, int kill)
    {
        place.File($"home/docs/changed/{kill}", 10_000);
        Ledger.Add(place.Database, 20);
        File.WriteAllText(file, $"data of {kill} {new string('x', 500_000)}");
    }

    private static async Task NormalAsync(Workplace place)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using IpcPropertyStore bus = await IpcPropertyStore.ConnectAsync(new IpcClientOptions { SocketPath = DaemonRun.Socket(place) }, token);
        await using IPropertyClient client = await bus.OpenAsync(bus.MintIdentity(new SecureId(0), CapabilitySet.Empty), token);
        await client.ObserveBurMode().FirstAsync(static mode => mode.IsNormal).ToTask(token).WaitAsync(Patience, TimeProvider.System, token);
    }

    /// <summary>All data of the three owners.</summary>
    private sealed record Print(string Docs, string Ledger, string App)
    {
        public static async Task<Print> OfAsync(Workplace place, string file) =>
            new((await TreePrint.OfAsync(place.Docs)).Text, Trees.Ledger.Print(place.Database), await File.ReadAllTextAsync(file));
    }
}
