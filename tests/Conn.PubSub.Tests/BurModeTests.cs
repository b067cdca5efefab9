using CsCheck;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class BurModeTests
{
    [Theory]
    [InlineData(0x000, BurPartType.Unset, BackupIncType.None, "Unset")]
    [InlineData(0x001, BurPartType.Normal, BackupIncType.None, "Normal")]
    [InlineData(0x102, BurPartType.BackupFull, BackupIncType.Base, "BackupFull|Base")]
    [InlineData(0x202, BurPartType.BackupFull, BackupIncType.Increment, "BackupFull|Increment")]
    [InlineData(0x104, BurPartType.BackupPartial, BackupIncType.Base, "BackupPartial|Base")]
    [InlineData(0x204, BurPartType.BackupPartial, BackupIncType.Increment, "BackupPartial|Increment")]
    [InlineData(0x108, BurPartType.RestoreFull, BackupIncType.Base, "RestoreFull|Base")]
    [InlineData(0x210, BurPartType.RestorePartial, BackupIncType.Increment, "RestorePartial|Increment")]
    public void A_published_value_is_part_type_or_increment_type(int value, BurPartType part, BackupIncType inc, string text)
    {
        var mode = BurMode.FromValue(value);
        Assert.Equal(BurMode.Of(part, inc), mode);
        Assert.Equal(value, mode.ToValue());
        Assert.Equal(text, mode.ToString());
    }

    [Fact]
    public void Every_bit_survives() => Gen.Int.Sample(value => BurMode.FromValue(value).ToValue() == value);

    [Fact]
    public void A_value_without_a_name_is_told_as_a_number() => Assert.Equal("0x80000142", BurMode.FromValue(unchecked((int)0x80000142)).ToString());

    [Fact]
    public void Never_set_and_normal_both_mean_idle()
    {
        Assert.True(BurMode.Unset.IsIdle && BurMode.Unset.IsNormal && BurMode.Normal.IsIdle && BurMode.Normal.IsNormal);
        Assert.False(BurMode.Unset.IsBackup || BurMode.Normal.IsRestore);
    }

    [Theory]
    [InlineData(BurPartType.BackupFull, true, false)]
    [InlineData(BurPartType.BackupPartial, true, true)]
    [InlineData(BurPartType.RestoreFull, false, false)]
    [InlineData(BurPartType.RestorePartial, false, true)]
    public void An_active_mode_is_a_backup_or_a_restore(BurPartType part, bool backup, bool partial)
    {
        var mode = BurMode.Of(part, BackupIncType.Base);
        Assert.Equal((false, backup, !backup, partial), (mode.IsIdle, mode.IsBackup, mode.IsRestore, mode.IsPartial));
    }
}
