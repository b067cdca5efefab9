using System.Runtime.InteropServices;

namespace Conn.SystemCalls;

/// <summary>Flags of openat; some of the numbers depend on the system and the architecture.</summary>
internal static class OpenFlags
{
    internal const int Write = 1;
    internal const int ReadWrite = 2;
    internal const int Create = 0x40;
    internal const int Exclusive = 0x80;

    /// <summary>Reading leaves the access time as it is; permitted to the owner of an entry and to privileged users.</summary>
    internal const int NoAccessTime = 0x40000;

    private const int NoTerminal = 0x100;
    private const int NonBlocking = 0x800;

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    private static readonly bool Mac = OperatingSystem.IsMacOS();

    internal static int CloseOnExec { get; } = Mac ? 0x1000000 : 0x80000;

    internal static int Directory { get; } = Mac ? 0x100000 : Arm ? 0x4000 : 0x10000;

    internal static int NoFollow { get; } = Mac ? 0x100 : Arm ? 0x8000 : 0x20000;

    /// <summary>An entry of any kind, itself and not what it leads to, only to be looked at.</summary>
    internal static int Place { get; } = 0x200000 | NoFollow | CloseOnExec;

    /// <summary>A file without a name.</summary>
    internal static int Nameless { get; } = 0x400000 | Directory;

    /// <summary>For reading a file that may be anything: never waits, follows or becomes a terminal.</summary>
    internal static int ReadWary { get; } = NoTerminal | NonBlocking | NoFollow | CloseOnExec;

    /// <summary>For reading a file that may be anything, through links: never waits or becomes a terminal.</summary>
    internal static int ReadWithoutWaiting { get; } = NoTerminal | NonBlocking | CloseOnExec;

    /// <summary>For a folder on the way: never through a link.</summary>
    internal static int Folder { get; } = Directory | NoFollow | CloseOnExec;

    /// <summary>For a new file: never an existing one.</summary>
    internal static int NewFile { get; } = Write | Create | Exclusive | NoFollow | CloseOnExec;
}
