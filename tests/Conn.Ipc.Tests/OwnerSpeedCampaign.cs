using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Repository;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>The same owner in this process and in another one, in turns: what a backup costs more through the socket. CONN_SPEED_MEGABYTES, CONN_SPEED_ROUNDS.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OwnerSpeedCampaign
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_backup_through_another_process_beside_one_in_process()
    {
        int megabytes = FromEnvironment("CONN_SPEED_MEGABYTES", 1536);
        int rounds = FromEnvironment("CONN_SPEED_ROUNDS", 3);
        List<double> here = [];
        List<double> there = [];
        for (int round = 0; round < rounds; round++)
        {
            here.Add(await InProcessAsync(megabytes));
            there.Add(await InAnotherAsync(megabytes));
        }

        double ratio = Median(there) / Median(here);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{megabytes} MiB, {rounds} rounds: in process {Median(here):0.00} s, through another process {Median(there):0.00} s, ratio {ratio:0.00}"));
    }

    private static async Task<double> InAnotherAsync(int megabytes)
    {
        await using ServedHost host = await ServedHost.StartAsync();
        await WriteAsync(host.Data, megabytes);
        using Process process = OtherProcess.Start("owner", host.Path);
        try
        {
            await OtherProcess.SaysAsync(process, "ready", Token);
            return await TimeAsync(host.Host, host.Repository);
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task<double> InProcessAsync(int megabytes)
    {
        using SocketFolder folder = new();
        string data = Path.Combine(folder.Folder, "data");
        await WriteAsync(data, megabytes);
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Path.Combine(folder.Folder, "repository"), cancellationToken: Token);
        StagedFileOwner owner = new("remote", data);
        await host.AddAsync(OtherProcess.Registration with { SupportsIncremental = false }, owner);
        return await TimeAsync(host, repository);
    }

    private static async Task<double> TimeAsync(ConnHost host, BackupRepository repository)
    {
        long start = TimeProvider.System.GetTimestamp();
        BackupReport report = await host.BackupAsync(repository, Token);
        Assert.True(report.Verified, report.ToJson());
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
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

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
