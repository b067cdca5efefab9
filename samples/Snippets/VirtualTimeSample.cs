using Conn;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Snippets;

/// <summary>A test in virtual time, as docs/testing.md shows it.</summary>
public class VirtualTimeSample
{
    [Fact]
    public void An_owner_that_fails_is_reported_with_its_own_code_at_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = new("a", host.Trace) { Data = { [DriveNumber.C] = [1, 2, 3] } };
        owner.Fail(OwnerCallKind.GetBackupDataSection, ErrorCode.DiskFull);
        await host.AddAsync("a", owner);

        BackupReport report = await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);

        Assert.Equal(ErrorCode.DiskFull, report.Owners[0].Error);
        Assert.Contains("TerminateMultiStageOperation", host.Trace.Of("a"));
        Assert.False(owner.Holds);
    });
}
