using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>An owner that keeps the memory of a call and writes into it after the call has returned: what is stored of other owners is exact.</summary>
public sealed class LateWriteTests
{
    [Theory]
    [InlineData(OwnerCallKind.GetBackupDataSection, false)]
    [InlineData(OwnerCallKind.GetSnapshotData, false)]
    [InlineData(OwnerCallKind.GetBackupDataSection, true)]
    public void A_late_write_into_a_buffer_changes_no_data_of_another_owner(OwnerCallKind kept, bool byManager) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, sectionBytes: 1024);
        LateWriter writer = new();
        Dictionary<string, ScriptedDataOwner> good = [];
        await AddGoodAsync("first");
        using ScriptedDataOwner late = host.Owner("late", new string('x', 5000));
        await host.AddAsync("late", late, r => r with { ActiveType = byManager ? ActiveType.ActiveAndProxy : ActiveType.ActiveOnly },
            p => p.WithLayer((call, next, t) => writer.KeepAsync(call.Kind == kept, call, next, t)));
        await AddGoodAsync("second");
        await AddGoodAsync("third");
        if (byManager)
        {
            using ScriptedDataOwner served = await host.AddProxiedAsync("served", [2]);
            late.Keep(5, new string('y', 5000));
        }

        // Every step of the engine is a moment at which a late write may come.
        using IDisposable watch = host.Engine.Progress.Subscribe(_ => writer.Write());

        BackupReport first = await host.BackupAsync();
        await AssertExactAsync(first);
        foreach (ScriptedDataOwner owner in good.Values)
        {
            owner.Data[DriveNumber.C] = Noise(owner.Name.Length + 100);
        }

        BackupReport second = await host.BackupAsync();
        watch.Dispose();

        Assert.NotEmpty(writer.Kept);
        await host.Repository.AssertVerifiedAsync();
        Assert.All(good.Keys, name => Assert.Equal(OwnerOutcome.Succeeded, second.Of(name).Outcome));
        foreach (ScriptedDataOwner owner in good.Values)
        {
            owner.Set("lost");
        }

        RestoreReport restored = await host.RestoreAsync(r => r with { Owners = [.. good.Keys.Select(n => second.Of(n).Sid)] });
        Assert.Equal(OperationOutcome.Succeeded, restored.Outcome);
        Assert.All(good.Values, o => Assert.Equal(Noise(o.Name.Length + 100), o.Data[DriveNumber.C]));
        Assert.False(writer.WasShared, "Expected: no other owner gets memory of the late writer. Actual: one did.");

        async Task AddGoodAsync(string name)
        {
            ScriptedDataOwner owner = new(name, host.Trace);
            owner.Data[DriveNumber.C] = Noise(name.Length);
            good.Add(name, owner);
            await host.AddAsync(name, owner, participate: p => p.WithLayer((call, next, t) =>
            {
                writer.Compare(call);
                writer.Write();
                return next(call, t);
            }));
        }

        async Task AssertExactAsync(BackupReport report)
        {
            foreach ((string name, ScriptedDataOwner owner) in good)
            {
                byte[] stored = await ReadAsync(host.Repository, report.Set!.Part(report.Of(name).Sid.Value)!);
                Assert.Equal(owner.Data[DriveNumber.C], stored);
            }
        }
    });

    [Fact]
    public void A_late_write_into_a_section_of_a_restore_changes_no_data_of_another_owner() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, sectionBytes: 1024);
        LateWriter writer = new();
        using ScriptedDataOwner late = host.Owner("late", new string('x', 5000));
        await host.AddAsync("late", late, participate: p => p.WithLayer((call, next, t) => writer.KeepAsync(!call.Section.IsEmpty, call, next, t)));
        List<ScriptedDataOwner> good = [];
        for (int i = 0; i < 3; i++)
        {
            ScriptedDataOwner owner = new($"good{i}", host.Trace);
            owner.Data[DriveNumber.C] = Noise(i);
            good.Add(owner);
            await host.AddAsync(owner.Name, owner, participate: p => p.WithLayer((call, next, t) =>
            {
                writer.Compare(call);
                writer.Write();
                return next(call, t);
            }));
        }

        await host.BackupAsync();
        good.ForEach(o => o.Data[DriveNumber.C] = [.. o.Data[DriveNumber.C], 1]);
        late.Set("late: second");
        await host.BackupAsync();
        good.ForEach(o => o.Set("lost"));
        using IDisposable watch = host.Engine.Progress.Subscribe(_ => writer.Write());

        RestoreReport restored = await host.RestoreAsync();

        Assert.NotEmpty(writer.Kept);
        Assert.All(good, (o, i) => Assert.Equal([.. Noise(i), 1], o.Data[DriveNumber.C]));
        Assert.All(good, o => Assert.Equal(OwnerOutcome.Succeeded, restored.Of(o.Name).Outcome));
        Assert.False(writer.WasShared, "Expected: no other owner gets memory of the late writer. Actual: one did.");
        await host.Repository.AssertVerifiedAsync();
    });

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_thread_that_writes_late_all_the_time_changes_no_data_of_another_owner(int workers)
    {
        const int Rounds = 12;
        await using RealHost host = await RealHost.StartAsync(sectionBytes: 32 << 10, workers: workers);
        using Scribbler scribbler = new();
        byte[] expected = Noise(1, 300_000);
        Dictionary<string, ScriptedDataOwner> good = [];
        for (int i = 0; i < 4; i++)
        {
            if (i == 1)
            {
                // It returns before the bytes have arrived: a read that is not awaited.
                int sections = 0;
                await host.AddAsync("late", new StubOwner
                {
                    BackupSection = buffer =>
                    {
                        scribbler.Keep(buffer);
                        return new SectionResult(buffer.Length, ++sections % 10 == 0);
                    },
                    SnapshotSection = buffer =>
                    {
                        scribbler.Keep(buffer);
                        return new SectionResult(buffer.Length, true);
                    },
                });
            }

            ScriptedDataOwner owner = new($"good{i}", null);
            owner.Data[DriveNumber.C] = expected;
            good.Add(owner.Name, owner);
            await host.AddAsync(owner.Name, owner, r => r with { SupportsIncremental = false });
        }

        for (int round = 0; round < Rounds; round++)
        {
            BackupReport report = await host.BackupAsync().Within($"backup {round} ends");

            Assert.NotNull(report.Set);
            foreach (string name in good.Keys)
            {
                Assert.Equal(OwnerOutcome.Succeeded, report.Of(name).Outcome);
                byte[] stored = await ReadAsync(host.Repository, report.Set.Part(report.Of(name).Sid.Value)!);
                Assert.True(expected.AsSpan().SequenceEqual(stored), $"Expected: the data of {name} in round {round}. Actual: other bytes.");
            }
        }

        scribbler.Dispose();
        await host.Repository.AssertVerifiedAsync();
        foreach (ScriptedDataOwner owner in good.Values)
        {
            owner.Set("lost");
        }

        RestoreReport restored = await host.RestoreAsync(r =>
            r with { Owners = [.. r.Set.Parts.Where(p => p.Name != "late").Select(p => new SecureId(p.Sid))] })
            .Within("the restore ends");
        Assert.Equal(OperationOutcome.Succeeded, restored.Outcome);
        Assert.All(good.Values, o =>
            Assert.True(expected.AsSpan().SequenceEqual(o.Data[DriveNumber.C]), $"Expected: the data of {o.Name}. Actual: other bytes."));
    }

    private static byte[] Noise(int seed, int length = 5000)
    {
        byte[] noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static async Task<byte[]> ReadAsync(BackupRepository repository, OwnerPart part)
    {
        using MemoryStream all = new();
        await using SectionStreamReader reader = repository.OpenStream(part, (byte)DriveNumber.C.Index, StreamKind.Data);
        while (await reader.ReadAsync(HostFixture.Never) is { } section)
        {
            all.Write(section.Span);
        }

        return all.ToArray();
    }

    /// <summary>Keeps the memory of calls, and writes into it whenever a test says so.</summary>
    private sealed class LateWriter
    {
        private byte _next;

        public List<Memory<byte>> Kept { get; } = [];

        /// <summary>Whether another owner was given memory that is kept here.</summary>
        public bool WasShared { get; private set; }

        public async ValueTask<OwnerCallResult> KeepAsync(bool keep, OwnerCall call, CallHandler next, CancellationToken cancellationToken)
        {
            OwnerCallResult result = await next(call, cancellationToken);
            if (keep)
            {
                Kept.Add(call.Buffer.IsEmpty ? MemoryMarshal.AsMemory(call.Section) : call.Buffer);
            }

            return result;
        }

        public void Compare(in OwnerCall call)
        {
            foreach (Memory<byte> kept in Kept)
            {
                WasShared |= call.Buffer.Span.Overlaps(kept.Span) || call.Section.Span.Overlaps(kept.Span);
            }
        }

        public void Write()
        {
            _next++;
            foreach (Memory<byte> kept in Kept)
            {
                kept.Span.Fill(_next);
            }
        }
    }

    /// <summary>A thread that writes into everything it keeps until it is disposed.</summary>
    private sealed class Scribbler : IDisposable
    {
        private readonly ConcurrentQueue<Memory<byte>> _kept = new();
        private readonly Thread _thread;
        private volatile bool _stop;

        public Scribbler()
        {
            _thread = new Thread(Scribble) { IsBackground = true };
            _thread.Start();
        }

        public void Keep(Memory<byte> buffer)
        {
            _kept.Enqueue(buffer);
            if (_kept.Count > 20)
            {
                _kept.TryDequeue(out _);
            }
        }

        public void Dispose()
        {
            _stop = true;
            _thread.Join();
        }

        private void Scribble()
        {
            Random random = new(5);
            while (!_stop)
            {
                foreach (Memory<byte> buffer in _kept)
                {
                    random.NextBytes(buffer.Span[..Math.Min(buffer.Length, 4096)]);
                    buffer.Span[random.Next(buffer.Length)]++;
                }

                Thread.Yield();
            }
        }
    }
}
