using Xunit;

namespace Conn.PubSub.Tests;

public sealed class SystemPropertiesTests
{
    [Fact]
    public void The_key_and_the_categories_have_the_original_numbers()
    {
        Assert.Equal(new PropertyName(0x101F75B6, 0x10202792), SystemProperties.BackupRestoreKey);
        Assert.Equal(0x10273357u, SystemProperties.SecurityThresholdCategory);
        Assert.Equal("0x101F75B6/0x10202792", SystemProperties.BackupRestoreKey.ToString());
    }
}
