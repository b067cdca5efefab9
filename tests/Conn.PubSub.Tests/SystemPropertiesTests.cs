using System.Reactive.Concurrency;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class SystemPropertiesTests
{
    private readonly HistoricalScheduler _scheduler = new();

    [Fact]
    public void The_key_has_the_original_numbers() =>
        Assert.Equal(new PropertyName(0x101F75B6, 0x10202792), SystemProperties.BackupRestoreKey);

    [Fact]
    public void The_engine_defines_the_key_anyone_reads_it_and_only_the_engine_writes_it()
    {
        using PropertyStore store = NewStore();
        PropertyClient engine = store.Open(store.MintIdentity(SecureId.Engine));
        PropertyClient other = store.Open(store.MintIdentity(new SecureId(1), CapabilitySet.All));
        Assert.Equal(ErrorCode.NotFound, other.Get(SystemProperties.BackupRestoreKey, out _));
        Assert.Equal(ErrorCode.PermissionDenied, SystemProperties.DefineBackupRestoreKey(other));
        Assert.Equal(ErrorCode.None, SystemProperties.DefineBackupRestoreKey(engine));
        Assert.Equal(ErrorCode.None, SystemProperties.DefineBackupRestoreKey(engine));
        Assert.Equal(ErrorCode.PermissionDenied, other.Set(SystemProperties.BackupRestoreKey, 1));
        Assert.Equal(ErrorCode.None, engine.Set(SystemProperties.BackupRestoreKey, 1));
        Assert.Equal(ErrorCode.None, other.Get(SystemProperties.BackupRestoreKey, out int value));
        Assert.Equal(1, value);
    }

    [Fact]
    public void A_squatter_is_told_apart_from_the_engines_own_definition()
    {
        // Only where nothing is enforced does anybody get that far.
        using PropertyStore store = new(new PropertyStoreOptions { EnforcePolicies = false });
        PropertyClient squatter = store.Open(store.MintIdentity(new SecureId(1)));
        Assert.Equal(ErrorCode.None, squatter.Define(SystemProperties.BackupRestoreKey, PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass));
        Assert.Equal(ErrorCode.AlreadyExists, SystemProperties.DefineBackupRestoreKey(store.Open(store.MintIdentity(SecureId.Engine))));
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void The_mode_can_be_observed_from_before_the_engine_on(Delivery delivery)
    {
        using PropertyStore store = NewStore();
        PropertyClient engine = store.Open(store.MintIdentity(SecureId.Engine));
        var modes = new List<BurMode>();
        using IDisposable subscription = store.Open(store.MintIdentity(new SecureId(1)))
            .ObserveBurMode(new ObserveOptions { Delivery = delivery }).Subscribe(modes.Add);
        _scheduler.Start();
        SystemProperties.DefineBackupRestoreKey(engine);
        var backup = BurMode.Of(BurPartType.BackupFull, BackupIncType.Base);
        engine.Set(SystemProperties.BackupRestoreKey, backup.ToValue());
        _scheduler.Start();
        engine.Set(SystemProperties.BackupRestoreKey, BurMode.Normal.ToValue());
        _scheduler.Start();
        Assert.Equal([BurMode.Unset, backup, BurMode.Normal], modes);
    }

    private PropertyStore NewStore() => new(new PropertyStoreOptions { Scheduler = _scheduler });
}
