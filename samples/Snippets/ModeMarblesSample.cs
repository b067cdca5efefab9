using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Engine.Traces;
using Conn.Testing.Hosting;
using Conn.Testing.Marbles;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Conn.Testing.Traces;
using Xunit;

namespace Snippets;

/// <summary>Modes as a timeline, and the trace of an operation, as docs/testing.md shows them.</summary>
public class ModeMarblesSample
{
    [Fact]
    public void An_owner_that_hangs_holds_the_mode_for_a_minute() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = new("a", host.Trace) { Data = { [DriveNumber.C] = [1, 2, 3] } };
        owner.Hang(OwnerCallKind.InitialiseGetBackupData);
        await host.AddAsync("a", owner);
        using ModeMarbles modes = ModeMarbles.Of(host);
        await time.DelayAsync(TimeSpan.FromSeconds(2));

        await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);

        modes.AssertModes("n-b 60s n");
    });

    [Fact]
    public void A_trace_is_played_again() => VirtualTime.Run(async time =>
    {
        List<TraceEntry> trace = [];
        await using VirtualHost host = await VirtualHost.StartAsync(time, options => options with { Trace = trace.Add });
        using ScriptedDataOwner owner = new("a", host.Trace) { Data = { [DriveNumber.C] = [1, 2, 3] } };
        await host.AddAsync("a", owner);
        await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);

        using MemoryStream file = new();
        await TraceFile.WriteAsync(file, trace, CancellationToken.None);
        file.Position = 0;
        IReadOnlyList<TraceEntry> read = await TraceFile.ReadAsync(file, CancellationToken.None);
        TraceReplay.Check(read);
        IReadOnlyList<TraceEntry> played = await TraceReplay.PlayAsync(read);

        Assert.Equal(trace.Select(TraceFile.ToLine), played.Select(TraceFile.ToLine));
    });
}
