using Microsoft.Win32.SafeHandles;

namespace Conn.SystemCalls;

/// <summary>Memory that two processes share, as a file without a name. Invariant: its size never changes and all of it is reserved, so that neither process can make
/// the other fault. Linux only.</summary>
internal static unsafe class SharedMemory
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;
    private const int GetSeals = 1034;
    private const int NoMoreSeals = 1;
    private const int NoShrinking = 2;
    private const int NoGrowing = 4;
    private const int Sealed = NoMoreSeals | NoShrinking | NoGrowing;

    /// <summary>Whether this system has it.</summary>
    internal static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Creates memory, reserves it and seals its size.</summary>
    /// <param name="bytes">How much.</param>
    /// <exception cref="IOException">The system does not have it, or has no memory or no descriptor left.</exception>
    internal static SafeFileHandle Create(long bytes)
    {
        int descriptor;
        fixed (byte* name = "conn-sections\0"u8)
        {
            descriptor = LibC.CreateMemory(name, CloseOnExec | AllowSealing);
        }

        if (descriptor < 0)
        {
            throw Errno.Exception(Errno.Last, "Memory to share could not be created");
        }

        SafeFileHandle memory = new(descriptor, ownsHandle: true);
        if (Reserve(descriptor, bytes) is var error && error != 0)
        {
            memory.Dispose();
            throw Errno.Exception(error, $"Memory to share, {bytes} bytes, could not be reserved");
        }

        return memory;
    }

    /// <summary>Says whether a descriptor is memory whose size is sealed, and has this size.</summary>
    internal static bool IsSealed(SafeFileHandle memory, long bytes)
    {
        bool isSealed = LibC.Control((int)memory.DangerousGetHandle(), GetSeals, 0) is var seals && seals >= 0 && (seals & Sealed) == Sealed;
        return isSealed && RandomAccess.GetLength(memory) == bytes;
    }

    private static int Reserve(int descriptor, long bytes)
    {
        int result;
        do
        {
            result = LibC.Allocate(descriptor, 0, 0, bytes);
        }
        while (result < 0 && Errno.Last == Errno.Interrupted);

        return result < 0 || LibC.Control(descriptor, AddSeals, Sealed) < 0 ? Errno.Last : 0;
    }
}
