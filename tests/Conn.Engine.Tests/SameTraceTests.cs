using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

public sealed class SameTraceTests
{
    [Fact]
    public void The_same_seed_gives_the_same_trace()
    {
        for (int seed = 0; seed < 25; seed++)
        {
            string first = Trace(seed);
            Assert.NotEqual("", first);
            Assert.Equal(first, Trace(seed));
        }
    }

    [Fact]
    public void Different_seeds_give_different_traces() => Assert.True(Enumerable.Range(0, 10).Select(Trace).Distinct().Count() > 5);

    /// <summary>Owners that delay, hang and fail by the seed, a backup that may be aborted, an increment and a restore.</summary>
    private static string Trace(int seed)
    {
        string trace = "";
        VirtualTime.Run(async time =>
        {
            Random random = new(seed);
            await using VirtualHost host = await VirtualHost.StartAsync(time);
            List<ScriptedDataOwner> owners = [];
            for (int i = 0; i < 3; i++)
            {
                ScriptedDataOwner owner = await host.AddOwnerAsync($"owner{i}");
                owner.MaxSectionBytes = random.Next(1, 20);
                OwnerCallKind kind = (OwnerCallKind)random.Next(2, 21);
                int what = random.Next(4);
                int delay = random.Next(1, 90_000);
                owner.On(kind, (_, t) => what switch
                {
                    0 => throw new ConnException(new ErrorCode(-100 - delay), "scripted"),
                    1 => new ValueTask(time.DelayAsync(TimeSpan.FromMilliseconds(delay), t)),
                    2 => new ValueTask(new TaskCompletionSource().Task),
                    _ => default,
                });
                owners.Add(owner);
            }

            using CancellationTokenSource abort = new(TimeSpan.FromMilliseconds(random.Next(1, 200_000)), time.Clock);
            try
            {
                await host.BackupAsync();
                await host.BackupAsync(abort: abort.Token);
                await host.RestoreAsync();
            }
            catch (Exception e) when (e is OperationCanceledException or ConnException or Repository.RepositoryException or ArgumentOutOfRangeException)
            {
                // An aborted or refused step ends the scenario; the trace up to there must be the same.
                host.Trace.Add("scenario", e.GetType().Name);
            }

            Assert.Equal(BurMode.Normal, host.Modes[^1]);
            trace = string.Join("\n", host.Trace.Lines);
            owners.ForEach(o => o.Dispose());
        });
        return trace;
    }
}
