using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.Engine;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Testing.Owners;
using Conn.Testing.Storage;
using Conn.Testing.Time;
using Xunit;

namespace Snippets;

/// <summary>A test in virtual time, as docs/testing.md shows it.</summary>
public class VirtualTimeSample
{
    [Fact]
    public void An_owner_that_fails_is_reported_with_its_own_code_at_once() => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        await using BackupEngine engine = await BackupEngine.StartAsync(new BackupEngineOptions
        {
            Bus = store.Open(SecureId.Engine), TimeProvider = time.Clock, Scheduler = time.Scheduler,
        });
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("a", trace) { Data = { [DriveNumber.C] = [1, 2, 3] } };
        owner.Fail(OwnerCallKind.GetBackupDataSection, ErrorCode.DiskFull);
        SecureId sid = new(0x20000001);
        await engine.RegisterAsync(new DataOwnerRegistration("a", sid));
        await using DataOwnerParticipant participant = new(store.Open(sid), engine.Transport, sid, owner,
            new DataOwnerParticipantOptions { Client = new ActiveBackupClientOptions { Scheduler = time.Scheduler, TimeProvider = time.Clock } });
        await using BackupRepository repository = await BackupRepository.CreateAsync(
            new TearingStorage(), new RepositoryOptions { Workers = 0, TimeProvider = time.Clock, Random = new Random(1) }, CancellationToken.None);

        BackupReport report = await engine.BackupAsync(new BackupRequest { Repository = repository }, CancellationToken.None);

        Assert.Equal(ErrorCode.DiskFull, report.Owners[0].Error);
        Assert.Contains("TerminateMultiStageOperation", trace.Of("a"));
        Assert.False(owner.Holds);
    });
}
