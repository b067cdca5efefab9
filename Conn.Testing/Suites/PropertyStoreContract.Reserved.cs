#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Fact]
    public void The_key_of_the_mode_is_reserved_for_the_engine()
    {
        PropertyName key = SystemProperties.BackupRestoreKey;
        IPropertyClient almighty = Store.Open(Store.MintIdentity(new SecureId(0x20000003), CapabilitySet.All));
        IPropertyClient category = Store.Open(Store.MintIdentity(new SecureId(SystemProperties.SystemCategory)));
        IPropertyClient engine = Store.Open(Store.MintIdentity(SecureId.Engine, Capability.WriteDeviceData));
        IPropertyClient poorEngine = Store.Open(Store.MintIdentity(SecureId.Engine));
        Assert.Equal(ErrorCode.AccessDenied, almighty.Define(key, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.AccessDenied, almighty.Define(key, (PropertyType)3, Malformed, Pass, 1));
        Assert.Equal(ErrorCode.Argument, almighty.Define(key, PropertyType.Int, Pass, Pass, -1));
        Assert.Equal(ErrorCode.AccessDenied, category.Define(key, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.AccessDenied, category.Define(key with { Category = PropertyName.OwnCategory }, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.AccessDenied, Stranger.Define(key, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.PermissionDenied, poorEngine.Define(key, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.None, engine.Define(key, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.AccessDenied, almighty.Define(key, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.None, almighty.Define(key with { Key = 1 }, PropertyType.Int, Pass, Pass));
    }
}
