using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Repository;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>The same owner in this process and in another one, in turns: what a backup costs more through the socket. The first backup of the other process pays for
/// its just-in-time compiler; the second is of a process that runs already. CONN_SPEED_MEGABYTES, CONN_SPEED_ROUNDS.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OwnerSpeedCampaign
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_backup_through_another_process_beside_one_in_process()
    {
        int megabytes = FromEnvironment("CONN_SPEED_MEGABYTES", 1536);
        int rounds = FromEnvironment("CONN_SPEED_ROUNDS", 3);
        List<Cost[]> here = [];
        List<Cost[]> there = [];
        for (int round = 0; round < rounds; round++)
        {
            here.Add(await InProcessAsync(megabytes));
            there.Add(await InAnotherAsync(megabytes));
        }

        foreach ((int backup, string name) in new[] { (0, "first backup"), (1, "second backup") })
        {
            Tell($"{megabytes} MiB, {rounds} rounds, {name}", [.. here.Select(c => c[backup])], [.. there.Select(c => c[backup])]);
        }
    }

    private static void Tell(string what, Cost[] here, Cost[] there)
    {
        double ratio = Median(there, static c => c.Wall) / Median(here, static c => c.Wall);
        double processor = Median(there, static c => c.Here + c.There) / Median(here, static c => c.Here);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: in process {Median(here, static c => c.Wall):0.00} s ({Median(here, static c => c.Here):0.00} s of processor), through another process {Median(there, static c => c.Wall):0.00} s "
            + $"({Median(there, static c => c.Here):0.00} s here and {Median(there, static c => c.There):0.00} s there); ratio {ratio:0.00}, of processor {processor:0.00}"));
    }

    private static async Task<Cost[]> InAnotherAsync(int megabytes)
    {
        await using ServedHost host = await ServedHost.StartAsync();
        await WriteAsync(host.Data, megabytes);
        using Process process = OtherProcess.Start("owner", host.Path);
        try
        {
            await OtherProcess.SaysAsync(process, "ready", Token);
            return [await MeasureAsync(host.Host, host.Repository, process), await MeasureAsync(host.Host, host.Repository, process)];
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task<Cost[]> InProcessAsync(int megabytes)
    {
        using SocketFolder folder = new();
        string data = Path.Combine(folder.Folder, "data");
        await WriteAsync(data, megabytes);
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Path.Combine(folder.Folder, "repository"), cancellationToken: Token);
        StagedFileOwner owner = new("remote", data);
        await host.AddAsync(OtherProcess.Registration with { SupportsIncremental = false }, owner);
        return [await MeasureAsync(host, repository, null), await MeasureAsync(host, repository, null)];
    }

    private static async Task<Cost> MeasureAsync(ConnHost host, BackupRepository repository, Process? other)
    {
        TimeSpan here = Environment.CpuUsage.TotalTime;
        TimeSpan there = OfOther(other);
        long start = TimeProvider.System.GetTimestamp();
        BackupReport report = await host.BackupAsync(repository, Token);
        TimeSpan wall = TimeProvider.System.GetElapsedTime(start);
        Assert.True(report.Verified, report.ToJson());
        return new Cost(wall.TotalSeconds, (Environment.CpuUsage.TotalTime - here).TotalSeconds, (OfOther(other) - there).TotalSeconds);
    }

    private static TimeSpan OfOther(Process? other)
    {
        other?.Refresh();
        return other?.TotalProcessorTime ?? default;
    }

    // Half of it is noise, half is one text again and again, so that it is compressed about as files are.
    private static async Task WriteAsync(string file, int megabytes)
    {
        byte[] block = new byte[1 << 20];
        Random.Shared.NextBytes(block.AsSpan(0, block.Length / 2));
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("what is written again and again ", (block.Length / 2) / 32)), block.AsSpan(block.Length / 2));
        await using FileStream stream = new(file, FileMode.Create, FileAccess.Write);
        for (int i = 0; i < megabytes; i++)
        {
            BitConverter.TryWriteBytes(block, i);
            await stream.WriteAsync(block, Token);
        }
    }

    private static double Median(Cost[] costs, Func<Cost, double> of) => costs.Select(of).Order().ElementAt(costs.Length / 2);

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    /// <summary>Of one backup, in seconds: by the clock, of the processors in this process, and in the other one.</summary>
    private sealed record Cost(double Wall, double Here, double There);
}
