using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>A new file of a staged tree while its content comes: never longer than its record said, and complete only with its hash.</summary>
internal sealed class StagedFile(int file, PathBuffer path, EntryAttributes attributes, long size, int before = -1) : IDisposable
{
    private const int ChunkBytes = 256 * 1024;

    /// <summary>What is shared or copied by one call of the kernel.</summary>
    private const int ShareBytes = 16 << 20;
    private readonly byte[] _chunk = before < 0 ? [] : new byte[ChunkBytes];
    private int _before = before;
    private int _file = file;
    private XxHash128? _hash;
    private long _written;
    private bool _endsInHole;
    private Hash128? _wholeHash;

    /// <summary>Gets whether it is made from the file that it replaces.</summary>
    internal bool IsPatch => _chunk.Length > 0;

    /// <param name="bytes">The next bytes.</param>
    internal void Data(ReadOnlySpan<byte> bytes)
    {
        CheckFits(bytes.Length);
        if (bytes.Length == size && _written == 0)
        {
            _wholeHash = ContentHash.Of(bytes);
        }
        else
        {
            (_hash ??= new XxHash128()).Append(bytes);
        }

        StagedTree.Check(Kernel.Write(_file, bytes), path, "cannot be written");
        _written += bytes.Length;
        _endsInHole = false;
    }

    /// <summary>The next bytes are those of the replaced file: shared with it or copied, as the file system can.</summary>
    /// <param name="length">How many.</param>
    /// <param name="beat">Called again and again: one record may be for a whole disk.</param>
    internal void Same(long length, Action beat)
    {
        CheckFits(length);
        for (long end = _written + length; _written < end;)
        {
            beat();
            Share(Math.Min(end - _written, ShareBytes));
        }

        _endsInHole = false;
    }

    internal void Hole(long length)
    {
        CheckFits(length);
        FileContent.HashHole(_hash ??= new XxHash128(), length);
        _written += length;
        StagedTree.Check(Kernel.SeekTo(_file, _written), path, "cannot have a hole there");
        _endsInHole = true;
    }

    /// <param name="hash">Of the whole content.</param>
    /// <param name="ownership">Who may be made owner.</param>
    /// <param name="grantedMode">Which mode bits the new file got as asked for.</param>
    internal void End(Hash128 hash, Ownership ownership, int grantedMode)
    {
        if (_written != size || (_wholeHash ?? (_hash is { } whole ? ContentHash.Of(whole) : ContentHash.Of([]))) != hash)
        {
            throw WireReader.Corrupt($"the content of '{RawPath.Display(path.Span)}' does not match its size and hash");
        }

        int error = _endsInHole ? Kernel.Truncate(_file, size) : 0;
        int mode = ownership.Apply(_file, attributes);
        if (!attributes.Extended.IsEmpty)
        {
            // A file that its owner may not write to takes none; its mode follows.
            error = error == 0 ? Kernel.ChangeMode(_file, 0x180) : error;
            ownership.Extended.Set(new AttributeHolder(_file), attributes.Extended.Span);
        }

        if (error == 0 && (mode != (attributes.Mode & grantedMode) || !attributes.Extended.IsEmpty))
        {
            error = Kernel.ChangeMode(_file, mode);
        }

        error = error == 0 ? Kernel.SetModified(_file, attributes.Modified) : error;
        Dispose();
        StagedTree.Check(error, path, "cannot be finished");
    }

    public void Dispose()
    {
        Kernel.Close(_file);
        Kernel.Close(_before);
        (_file, _before) = (-1, -1);
    }

    private void Share(long length)
    {
        long copied = _written + Kernel.CopyRange(_before, _written, _file, length);
        for (long end = _written + length; _written < end;)
        {
            Span<byte> chunk = _chunk.AsSpan(0, (int)Math.Min(end - _written, ChunkBytes));
            StagedTree.Check(Kernel.ReadAt(_before, chunk, _written, out int got), path, "cannot be read");
            if (got < chunk.Length)
            {
                throw WireReader.Corrupt($"the changes of '{RawPath.Display(path.Span)}' belong to a longer file");
            }

            (_hash ??= new XxHash128()).Append(chunk);
            int done = (int)Math.Clamp(copied - _written, 0, chunk.Length);
            StagedTree.Check(Kernel.Write(_file, chunk[done..]), path, "cannot be written");
            _written += chunk.Length;
        }
    }

    private void CheckFits(long bytes)
    {
        if (bytes > size - _written)
        {
            throw WireReader.Corrupt($"the content of '{RawPath.Display(path.Span)}' is longer than its size");
        }
    }
}
