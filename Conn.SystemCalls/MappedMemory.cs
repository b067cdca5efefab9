using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Conn.SystemCalls;

/// <summary>Shared memory in the address space of this process. Invariant: what is pinned stays mapped, also after the end; what is not is refused then.</summary>
internal sealed unsafe class MappedMemory : MemoryManager<byte>
{
    private readonly SafeMemoryMappedViewHandle _view;
    private readonly int _bytes;
    private readonly byte* _start;

    /// <summary>Maps a file. It may be closed then.</summary>
    /// <exception cref="IOException">The process has no room for it.</exception>
    internal MappedMemory(SafeFileHandle file, int bytes)
    {
        using MemoryMappedFile mapped = MemoryMappedFile.CreateFromFile(file, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = mapped.CreateViewAccessor(0, bytes).SafeMemoryMappedViewHandle;
        _bytes = bytes;
        _start = (byte*)_view.DangerousGetHandle();
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_view.IsClosed, this);
        return new Span<byte>(_start, _bytes);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_bytes);
        bool kept = false;
        _view.DangerousAddRef(ref kept);
        return new MemoryHandle(_start + elementIndex, default, this);
    }

    /// <inheritdoc/>
    public override void Unpin() => _view.DangerousRelease();

    /// <summary>Ends it: unmapped when nothing is pinned any more.</summary>
    internal void End() => _view.Dispose();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            End();
        }
    }
}
