using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Repository;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>What it costs that an owner is in another process: with shared memory, and with the connection for sections. CONN_SPEED_MEGABYTES, CONN_SPEED_ROUNDS.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OwnerSpeedCampaign
{
    private static readonly int Megabytes = FromEnvironment("CONN_SPEED_MEGABYTES", 1536);
    private static readonly int Rounds = FromEnvironment("CONN_SPEED_ROUNDS", 3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The first backup of another process pays for its just-in-time compiler; the second is of a process that runs already.</summary>
    [Fact(Explicit = true)]
    public async Task A_backup_through_another_process_beside_one_in_process()
    {
        List<Cost[]> here = [];
        List<Cost[]> memory = [];
        List<Cost[]> connection = [];
        for (int round = 0; round < Rounds; round++)
        {
            here.Add(await InProcessAsync());
            memory.Add(await InAnotherAsync(sharesMemory: true));
            connection.Add(await InAnotherAsync(sharesMemory: false));
        }

        for (int backup = 0; backup < 2; backup++)
        {
            Tell($"backup {backup + 1}, in process", backup, here, here);
            Tell($"backup {backup + 1}, another process, shared memory", backup, memory, here);
            Tell($"backup {backup + 1}, another process, connection", backup, connection, here);
        }
    }

    /// <summary>An owner that fills each section with one byte: the transport alone.</summary>
    [Fact(Explicit = true)]
    public async Task Sections_of_one_MiB_by_shared_memory_beside_the_connection()
    {
        List<Cost[]> memory = [];
        List<Cost[]> connection = [];
        for (int round = 0; round < Rounds; round++)
        {
            memory.Add(await SectionsAsync(sharesMemory: true));
            connection.Add(await SectionsAsync(sharesMemory: false));
        }

        Tell("sections, connection", 0, connection, connection);
        Tell("sections, shared memory", 0, memory, connection);
    }

    private static void Tell(string what, int which, List<Cost[]> costs, List<Cost[]> beside)
    {
        (double wall, double here, double there) = Median(costs, which);
        (double besideWall, double besideHere, double besideThere) = Median(beside, which);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {wall:0.00} s, processor {here:0.00} s here and {there:0.00} s there; {wall / besideWall:0.00} times, processor {(here + there) / (besideHere + besideThere):0.00} times"));
    }

    private static async Task<Cost[]> SectionsAsync(bool sharesMemory)
    {
        using SocketFolder folder = new();
        CapturingGateway gateway = new();
        await using IpcServer server = IpcServer.Start(new IpcServerOptions { SocketPath = folder.Socket, Owners = gateway, SharesMemory = sharesMemory });
        using Process process = OtherProcess.Start("filling", folder.Socket);
        try
        {
            IOwnerChannel channel = (await gateway.First.WaitAsync(Token)).Channel;
            byte[] block = new byte[1 << 20];
            await MeasureAsync(process, () => TakeAsync(channel, block));
            return [await MeasureAsync(process, () => TakeAsync(channel, block))];
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task TakeAsync(IOwnerChannel channel, byte[] block)
    {
        for (int i = 0; i < Megabytes; i++)
        {
            OwnerCallResult result = await channel.InvokeAsync(OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, block), Token);
            Assert.Equal(block.Length, result.Section.Bytes);
        }
    }

    private static async Task<Cost[]> InAnotherAsync(bool sharesMemory)
    {
        await using ServedHost host = await ServedHost.StartAsync(sharesMemory);
        await WriteAsync(host.Data);
        using Process process = OtherProcess.Start("owner", host.Path);
        try
        {
            await OtherProcess.SaysAsync(process, "ready", Token);
            return [await BackUpAsync(host.Host, host.Repository, process), await BackUpAsync(host.Host, host.Repository, process)];
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task<Cost[]> InProcessAsync()
    {
        using SocketFolder folder = new();
        string data = Path.Combine(folder.Folder, "data");
        await WriteAsync(data);
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Path.Combine(folder.Folder, "repository"), cancellationToken: Token);
        StagedFileOwner owner = new("remote", data);
        await host.AddAsync(OtherProcess.Registration with { SupportsIncremental = false }, owner);
        return [await BackUpAsync(host, repository, null), await BackUpAsync(host, repository, null)];
    }

    private static Task<Cost> BackUpAsync(ConnHost host, BackupRepository repository, Process? other) => MeasureAsync(other, async () =>
    {
        BackupReport report = await host.BackupAsync(repository, Token);
        Assert.True(report.Verified, report.ToJson());
    });

    private static async Task<Cost> MeasureAsync(Process? other, Func<Task> work)
    {
        TimeSpan here = Environment.CpuUsage.TotalTime;
        TimeSpan there = OfOther(other);
        long start = TimeProvider.System.GetTimestamp();
        await work();
        TimeSpan wall = TimeProvider.System.GetElapsedTime(start);
        return new Cost(wall.TotalSeconds, (Environment.CpuUsage.TotalTime - here).TotalSeconds, (OfOther(other) - there).TotalSeconds);
    }

    private static TimeSpan OfOther(Process? other)
    {
        other?.Refresh();
        return other?.TotalProcessorTime ?? default;
    }

    // Half of it is noise, half is one text again and again, so that it is compressed about as files are.
    private static async Task WriteAsync(string file)
    {
        byte[] block = new byte[1 << 20];
        Random.Shared.NextBytes(block.AsSpan(0, block.Length / 2));
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("what is written again and again ", (block.Length / 2) / 32)), block.AsSpan(block.Length / 2));
        await using FileStream stream = new(file, FileMode.Create, FileAccess.Write);
        for (int i = 0; i < Megabytes; i++)
        {
            BitConverter.TryWriteBytes(block, i);
            await stream.WriteAsync(block, Token);
        }
    }

    private static (double Wall, double Here, double There) Median(List<Cost[]> costs, int which) =>
        (Median(costs, c => c[which].Wall), Median(costs, c => c[which].Here), Median(costs, c => c[which].There));

    private static double Median(List<Cost[]> costs, Func<Cost[], double> of) => costs.Select(of).Order().ElementAt(costs.Count / 2);

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    /// <summary>Of one backup, in seconds: by the clock, of the processors in this process, and in the other one.</summary>
    private sealed record Cost(double Wall, double Here, double There);
}
