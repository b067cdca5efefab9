using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Conn.SystemCalls;

/// <summary>Passes an open file to another process: one byte through a Unix socket, and the descriptor beside it. Never waits. Linux only.</summary>
internal static unsafe class DescriptorMessage
{
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;
    private const int IsControlCut = 8;

    /// <summary>Sends a descriptor. The receiver has one of its own for the same open file.</summary>
    /// <exception cref="IOException">The connection is lost, or its buffer is full.</exception>
    internal static void Send(SafeHandle socket, SafeFileHandle file)
    {
        byte data = 0;
        Control control = new() { Length = sizeof(Control), Level = SocketLevel, Type = Rights, Descriptor = (int)file.DangerousGetHandle() };
        nint sent = Exchange(socket, &data, &control, null, &LibC.SendMessage, DoNotWait | NoSignal);
        GC.KeepAlive(file);
        if (sent != 1)
        {
            throw Errno.Exception(Errno.Last, "A descriptor could not be sent");
        }
    }

    /// <summary>Receives a descriptor that was sent before.</summary>
    /// <returns>The open file; null when the next byte came without a descriptor, with more than one, or with one that this process has no place for, and when none has
    /// come.</returns>
    internal static SafeFileHandle? TryReceive(SafeHandle socket)
    {
        byte data;
        Control control = default;
        int flags = 0;
        nint received = Exchange(socket, &data, &control, &flags, &LibC.ReceiveMessage, DoNotWait | CloseOnExec);
        if (received != 1 || control.Length != sizeof(Control) || control.Level != SocketLevel || control.Type != Rights)
        {
            return null;
        }

        SafeFileHandle file = new(control.Descriptor, ownsHandle: true);
        if ((flags & IsControlCut) == 0)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    private static nint Exchange(SafeHandle socket, byte* data, Control* control, int* flags, delegate*<int, void*, int, nint> call, int how)
    {
        Part part = new() { Start = data, Bytes = 1 };
        Message message = new() { Parts = &part, PartCount = 1, Control = control, ControlBytes = sizeof(Control) };
        bool kept = false;
        socket.DangerousAddRef(ref kept);
        try
        {
            nint result;
            do
            {
                result = call((int)socket.DangerousGetHandle(), &message, how);
            }
            while (result < 0 && Errno.Last == Errno.Interrupted);

            if (flags is not null)
            {
                *flags = message.Flags;
            }

            return result;
        }
        finally
        {
            socket.DangerousRelease();
        }
    }

    // iovec, msghdr and cmsghdr of 64-bit Linux.
    private struct Part
    {
        public void* Start;
        public nint Bytes;
    }

    private struct Message
    {
        public void* Name;
        public nint NameBytes;
        public Part* Parts;
        public nint PartCount;
        public Control* Control;
        public nint ControlBytes;
        public int Flags;
    }

    // Of exactly one descriptor: the kernel closes those that do not fit, and says so. With the padding that is usual there would be room for a second one.
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Control
    {
        public nint Length;
        public int Level;
        public int Type;
        public int Descriptor;
    }
}
