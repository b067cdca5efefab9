using System.Globalization;

namespace Conn.PubSub;

/// <summary>The backup-or-restore mode of a host: a part type OR an increment type, as published under
/// <see cref="SystemProperties.BackupRestoreKey"/>.</summary>
/// <param name="PartType">What the host is engaged in: the value's low 8 bits. Bits without a name survive.</param>
/// <param name="IncType">All data or changes only: the value's high 24 bits. Bits without a name survive.</param>
/// <remarks>The default value is 0, "never set", which means no operation just as <see cref="BurPartType.Normal"/> does. Source:
/// CActiveBackupClient::BURModeInfoL.</remarks>
public readonly record struct BurMode(BurPartType PartType, BackupIncType IncType)
{
    /// <summary>The bits of a published value that hold the part type. Source: KBURPartTypeMask.</summary>
    public const uint PartTypeMask = 0x000000FF;

    /// <summary>The bits of a published value that hold the increment type. Source: KBackupIncTypeMask.</summary>
    public const uint IncTypeMask = 0xFFFFFF00;

    /// <summary>The mode that was never set (0).</summary>
    public static BurMode Unset => default;

    /// <summary>No operation is active (1).</summary>
    public static BurMode Normal => new(BurPartType.Normal, BackupIncType.None);

    /// <summary>True when the mode says so in a word: the part type is <see cref="BurPartType.Normal"/>, or was never set.</summary>
    public bool IsNormal => PartType is BurPartType.Unset or BurPartType.Normal;

    /// <summary>True when no operation is active; the same as <see cref="IsNormal"/>.</summary>
    public bool IsIdle => IsNormal;

    /// <summary>True during a full or partial backup.</summary>
    public bool IsBackup => PartType is BurPartType.BackupFull or BurPartType.BackupPartial;

    /// <summary>True during a full or partial restore.</summary>
    public bool IsRestore => PartType is BurPartType.RestoreFull or BurPartType.RestorePartial;

    /// <summary>True when only selected components take part.</summary>
    public bool IsPartial => PartType is BurPartType.BackupPartial or BurPartType.RestorePartial;

    /// <summary>Makes a mode of its two parts.</summary>
    /// <param name="partType">What the host is engaged in.</param>
    /// <param name="incType">All data or changes only.</param>
    /// <returns>The mode.</returns>
    public static BurMode Of(BurPartType partType, BackupIncType incType) => new(partType, incType);

    /// <summary>Reads a published value. Never fails; every bit survives.</summary>
    /// <param name="value">The property's value.</param>
    /// <returns>The mode whose <see cref="ToValue"/> is <paramref name="value"/>.</returns>
    public static BurMode FromValue(int value) => new((BurPartType)((uint)value & PartTypeMask), (BackupIncType)((uint)value & IncTypeMask));

    /// <summary>The value to publish.</summary>
    /// <returns>Part type OR increment type.</returns>
    public int ToValue() => (int)((uint)PartType | (uint)IncType);

    /// <summary>The names, or the number in hexadecimal where a part has no name.</summary>
    /// <returns>For example <c>BackupFull|Base</c> or <c>Normal</c>.</returns>
    public override string ToString()
    {
        if (!Enum.IsDefined(PartType) || !Enum.IsDefined(IncType))
        {
            return string.Create(CultureInfo.InvariantCulture, $"0x{ToValue():X}");
        }

        return IncType == BackupIncType.None ? PartType.ToString() : $"{PartType}|{IncType}";
    }
}
