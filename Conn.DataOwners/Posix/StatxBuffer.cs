using System.Runtime.InteropServices;

namespace Conn.DataOwners.Posix;

/// <summary>The kernel's struct statx: 256 bytes, the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxBuffer
{
    internal const uint BasicMask = 0x7ff;
    private const ulong MountRootAttribute = 0x2000;

    [FieldOffset(8)]
    private readonly ulong _attributes;

    [FieldOffset(16)]
    private readonly uint _links;

    [FieldOffset(20)]
    private readonly uint _user;

    [FieldOffset(24)]
    private readonly uint _group;

    [FieldOffset(28)]
    private readonly ushort _mode;

    [FieldOffset(32)]
    private readonly ulong _inode;

    [FieldOffset(40)]
    private readonly ulong _size;

    [FieldOffset(48)]
    private readonly ulong _blocks;

    [FieldOffset(96)]
    private readonly long _changedSeconds;

    [FieldOffset(104)]
    private readonly uint _changedNanoseconds;

    [FieldOffset(112)]
    private readonly long _modifiedSeconds;

    [FieldOffset(120)]
    private readonly uint _modifiedNanoseconds;

    [FieldOffset(136)]
    private readonly uint _deviceMajor;

    [FieldOffset(140)]
    private readonly uint _deviceMinor;

    internal readonly FileStatus ToStatus() => new()
    {
        Kind = (FileKind)(_mode >> 12),
        Mode = _mode & 0xFFF,
        Size = (long)_size,
        AllocatedBytes = (long)_blocks * 512,
        ModifiedNanoseconds = Nanoseconds(_modifiedSeconds, _modifiedNanoseconds),
        ChangedNanoseconds = Nanoseconds(_changedSeconds, _changedNanoseconds),
        Inode = _inode,
        Device = ((ulong)_deviceMajor << 32) | _deviceMinor,
        Links = _links,
        UserId = _user,
        GroupId = _group,
        IsMountRoot = (_attributes & MountRootAttribute) != 0,
    };

    private static long Nanoseconds(long seconds, uint nanoseconds) => seconds switch
    {
        > 9_223_372_035 => long.MaxValue,
        < -9_223_372_036 => long.MinValue,
        _ => (seconds * 1_000_000_000) + nanoseconds,
    };
}
