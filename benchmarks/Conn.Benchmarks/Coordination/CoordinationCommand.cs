using System.Globalization;

namespace Conn.Benchmarks.Coordination;

/// <summary>What the protocol itself costs: base backups of owners without data, from ten owners to ten thousand.</summary>
internal static class CoordinationCommand
{
    private static readonly (int Owners, int Rounds)[] Scales = [(10, 2000), (100, 200), (1000, 50), (10_000, 15)];

    public static async Task RunAsync(TextWriter to)
    {
        await to.WriteLineAsync("| owners | rounds | p50 | p99 | max | per owner (p50) | of it collecting | processor per owner (p50) | allocated per owner | live per owner |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach ((int owners, int rounds) in Scales)
        {
            await MeasureAsync(owners, rounds, to);
        }
    }

    private static async Task MeasureAsync(int owners, int rounds, TextWriter to)
    {
        TimeProvider clock = TimeProvider.System;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await using CoordinationHost host = await CoordinationHost.StartAsync(owners);
        for (int warm = 0; warm < Math.Max(2, rounds / 10); warm++)
        {
            await host.BackUpAsync();
            await host.RenewRepositoryAsync();
        }

        long live = GC.GetTotalMemory(forceFullCollection: true) - before;
        double[] milliseconds = new double[rounds];
        double[] processor = new double[rounds];
        long allocated = 0;
        TimeSpan spent = TimeSpan.Zero;
        TimeSpan collecting = TimeSpan.Zero;
        for (int round = 0; round < rounds; round++)
        {
            await host.RenewRepositoryAsync();
            long bytes = GC.GetTotalAllocatedBytes(precise: true);
            TimeSpan paused = GC.GetTotalPauseDuration();
            TimeSpan used = Environment.CpuUsage.TotalTime;
            long start = clock.GetTimestamp();
            await host.BackUpAsync();
            TimeSpan took = clock.GetElapsedTime(start);
            milliseconds[round] = took.TotalMilliseconds;
            processor[round] = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds;
            spent += took;
            collecting += GC.GetTotalPauseDuration() - paused;
            allocated += GC.GetTotalAllocatedBytes(precise: true) - bytes;
        }

        Array.Sort(milliseconds);
        Array.Sort(processor);
        double median = milliseconds[rounds / 2];
        await to.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"| {owners} | {rounds} | {median:0.00} ms | {milliseconds[Math.Min(rounds - 1, rounds * 99 / 100)]:0.00} ms | {milliseconds[^1]:0.00} ms | {median * 1000 / owners:0.0} us | {collecting / spent:0 %} | {processor[rounds / 2] * 1000 / owners:0.0} us | {allocated / rounds / owners / 1024.0:0.0} KiB | {live / (double)owners / 1024:0.0} KiB |"));
    }
}
