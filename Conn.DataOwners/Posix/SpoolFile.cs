using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Conn.DataOwners.Posix;

/// <summary>Bytes appended once and then read: in memory while few, else in a file without a name that a crash cannot leave behind.</summary>
internal sealed class SpoolFile : IDisposable
{
    private const int BufferBytes = 256 * 1024;
    private readonly string _folder;
    private byte[] _buffer = new byte[4096];
    private int _buffered;
    private long _flushed;
    private int _file = -1;

    internal SpoolFile(string folder) => _folder = folder;

    internal long Length => _flushed + _buffered;

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (_buffered + bytes.Length > _buffer.Length)
        {
            MakeRoom(bytes.Length);
        }

        if (bytes.Length > _buffer.Length)
        {
            Errno.Check(Kernel.WriteAt(File(), bytes, _flushed), NotWritten);
            _flushed += bytes.Length;
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    /// <summary>Appends bytes behind their length, and returns where they can be found.</summary>
    internal long AppendCounted(ReadOnlySpan<byte> bytes)
    {
        long place = Length;
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Append(length);
        Append(bytes);
        return place;
    }

    /// <summary>Gets the length of what <see cref="AppendCounted"/> has put to a place, and where its bytes begin.</summary>
    internal int CountAt(long place, out long start)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        ReadAt(place, length);
        start = place + length.Length;
        return BinaryPrimitives.ReadInt32LittleEndian(length);
    }

    /// <summary>Reads what is there; fewer bytes only at the end.</summary>
    internal int ReadAt(long offset, Span<byte> into)
    {
        int done = 0;
        if (offset < _flushed)
        {
            int want = (int)Math.Min(into.Length, _flushed - offset);
            Errno.Check(Kernel.ReadAt(_file, into[..want], offset, out done), $"The temporary file in '{_folder}' could not be read");
            if (done < want)
            {
                throw new InvalidOperationException("A temporary file became shorter.");
            }
        }

        int rest = (int)Math.Clamp(Length - offset - done, 0, into.Length - done);
        if (rest > 0)
        {
            _buffer.AsSpan((int)(offset + done - _flushed), rest).CopyTo(into[done..]);
        }

        return done + rest;
    }

    public void Dispose()
    {
        Kernel.Close(_file);
        (_file, _buffer, _buffered, _flushed) = (-1, [], 0, 0);
    }

    private string NotWritten => $"The temporary file in '{_folder}' could not be written (TMPDIR chooses another folder)";

    private void MakeRoom(int bytes)
    {
        if (_buffer.Length < BufferBytes)
        {
            Array.Resize(ref _buffer, Math.Min(BufferBytes, Math.Max(_buffer.Length * 4, _buffered + bytes)));
            if (_buffered + bytes <= _buffer.Length)
            {
                return;
            }
        }

        Errno.Check(Kernel.WriteAt(File(), _buffer.AsSpan(0, _buffered), _flushed), NotWritten);
        _flushed += _buffered;
        _buffered = 0;
    }

    private int File()
    {
        if (_file >= 0)
        {
            return _file;
        }

        byte[] folder = Encoding.UTF8.GetBytes(_folder + '\0');
        int error = Kernel.Open(Kernel.CurrentFolder, folder, OpenFlags.ReadWrite | OpenFlags.Nameless | OpenFlags.CloseOnExec, 0x180, out _file);
        if (error is Errno.NotSupported or Errno.IsFolder or Errno.Invalid or Errno.NotFound)
        {
            string name = System.IO.Path.Combine(_folder, $".conn-spool-{RandomNumberGenerator.GetHexString(16, true)}\0");
            byte[] path = Encoding.UTF8.GetBytes(name);
            error = Kernel.Open(Kernel.CurrentFolder, path, (OpenFlags.NewFile & ~OpenFlags.Write) | OpenFlags.ReadWrite, 0x180, out _file);
            if (error == 0)
            {
                error = Kernel.Unlink(Kernel.CurrentFolder, path);
            }
        }

        Errno.Check(error, $"A temporary file could not be made in '{_folder}'");
        return _file;
    }
}
