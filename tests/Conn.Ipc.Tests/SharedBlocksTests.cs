using System.Buffers;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Conn.SystemCalls;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>An owner's process maps what it is sent only if nobody can make it fault.</summary>
[SupportedOSPlatform("linux")]
public sealed class SharedBlocksTests : IDisposable
{
    private readonly SocketFolder _folder = new();
    private readonly Socket _engine;
    private readonly Socket _owner = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public SharedBlocksTests()
    {
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder.Socket));
        listener.Listen();
        _owner.Connect(new UnixDomainSocketEndPoint(_folder.Socket));
        _engine = listener.Accept();
    }

    [Fact]
    public void Both_sides_have_the_same_two_blocks()
    {
        using SharedSections sections = SharedSections.Send(_engine);
        using SharedBlocks blocks = SharedBlocks.TryReceive(_owner)!;
        blocks.Filled(SharedSections.BlockBytes).Span.Fill(7);
        sections.Give(Filled(8));
        Assert.Equal(Filled(8), blocks.Given(SharedSections.BlockBytes).Span);
        byte[] taken = new byte[SharedSections.BlockBytes];
        sections.Take(taken);
        Assert.Equal(Filled(7), taken);
    }

    [Fact]
    public void Nothing_a_byte_without_memory_and_a_closed_connection_give_no_blocks()
    {
        Assert.Null(SharedBlocks.TryReceive(_owner));
        _engine.Send([1]);
        Assert.Null(SharedBlocks.TryReceive(_owner));
        _engine.Dispose();
        Assert.Null(SharedBlocks.TryReceive(_owner));
    }

    [Fact]
    public void Memory_of_another_size_and_a_file_that_can_shrink_are_not_mapped()
    {
        using SafeFileHandle small = SharedMemory.Create(4096);
        DescriptorMessage.Send(_engine.SafeHandle, small);
        Assert.Null(SharedBlocks.TryReceive(_owner));
        using SafeFileHandle file = File.OpenHandle(Path.Combine(_folder.Folder, "file"), FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, SharedSections.TotalBytes);
        DescriptorMessage.Send(_engine.SafeHandle, file);
        Assert.Null(SharedBlocks.TryReceive(_owner));
    }

    [Fact]
    public void Two_descriptors_in_one_message_are_refused_and_the_next_message_is_read()
    {
        using SharedSections sections = SharedSections.Send(_engine);
        using SafeFileHandle memory = DescriptorMessage.TryReceive(_owner.SafeHandle)!;
        SendTwice(memory);
        Assert.Null(SharedBlocks.TryReceive(_owner));
        using SharedSections again = SharedSections.Send(_engine);
        using SharedBlocks? blocks = SharedBlocks.TryReceive(_owner);
        Assert.NotNull(blocks);
    }

    [Fact]
    public void What_is_held_stays_mapped_after_the_end_and_nothing_else_can_be_used()
    {
        using SharedSections sections = SharedSections.Send(_engine);
        SharedBlocks blocks = SharedBlocks.TryReceive(_owner)!;
        Memory<byte> late = blocks.Filled(10);
        using (blocks.Hold())
        {
            blocks.Dispose();
            late.Span.Fill(5);
        }

        Assert.Throws<ObjectDisposedException>(() => late.Span.Fill(6));
        Assert.Throws<ObjectDisposedException>(() => { using MemoryHandle held = blocks.Hold(); });
        byte[] taken = new byte[10];
        sections.Take(taken);
        Assert.All(taken, static b => Assert.Equal(5, b));
    }

    public void Dispose()
    {
        _engine.Dispose();
        _owner.Dispose();
        _folder.Dispose();
    }

    // msghdr, iovec and cmsghdr of 64-bit Linux.
    private unsafe void SendTwice(SafeFileHandle file)
    {
        byte data = 0;
        long* part = stackalloc long[] { (long)&data, 1 };
        long descriptor = file.DangerousGetHandle();
        long* control = stackalloc long[] { 24, 1 | (1L << 32), descriptor | (descriptor << 32) };
        long* message = stackalloc long[] { 0, 0, (long)part, 1, (long)control, 24, 0 };
        Assert.Equal(1, LibC.SendMessage((int)_engine.Handle, message, 0));
    }

    private static byte[] Filled(byte value) => [.. Enumerable.Repeat(value, SharedSections.BlockBytes)];
}
