using System.Globalization;

namespace Conn.Benchmarks.Processes;

/// <summary>What this program does as a process that its parent has started.</summary>
internal static class Roles
{
    private const long End = -1;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeProvider _clock = TimeProvider.System;

    public static async Task RunAsync(string role, string path, string socket, int count)
    {
        if (role == "crowd")
        {
            await Crowd.PublishAsync(socket, count, path == Crowd.Together);
            return;
        }

        await using ILatencyPath line = path switch
        {
            "conn" => await ConnPath.ConnectAsync(socket),
            "redis" => await RedisPath.ConnectAsync(socket),
            _ => new RelayPath(socket),
        };
        await (role == "observe" ? ObserveAsync(line, count) : PublishAsync(line, count));
    }

    // The clock of the timestamps is the machine's: those of other processes can be compared.
    private static async Task PublishAsync(ILatencyPath line, int count)
    {
        using PeriodicTimer timer = new(_pause, _clock);
        for (int i = 0; i < count; i++)
        {
            await timer.WaitForNextTickAsync();
            await line.SendAsync(_clock.GetTimestamp());
        }

        await line.SendAsync(End);
    }

    // The first half warms the processes up.
    private static async Task ObserveAsync(ILatencyPath line, int count)
    {
        TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<long> ticks = [];
        await line.ObserveAsync(stamp =>
        {
            if (stamp == End && ticks.Count > 0)
            {
                over.TrySetResult();
            }
            else if (stamp != End)
            {
                ticks.Add(_clock.GetTimestamp() - stamp);
            }
        });
        Console.WriteLine("ready");
        await over.Task;
        long[] measured = [.. ticks.Skip(count / 2).Order()];
        double microseconds = 1e6 / _clock.TimestampFrequency;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ticks.Count} {measured[measured.Length / 2] * microseconds:0.0} {measured[measured.Length * 99 / 100] * microseconds:0.0}"));
    }
}
