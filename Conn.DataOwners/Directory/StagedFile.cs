using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>A new file of a staged tree while its content comes: never longer than its record said, and complete only with its hash.</summary>
internal sealed class StagedFile(int file, PathBuffer path, EntryAttributes attributes, long size) : IDisposable
{
    private int _file = file;
    private XxHash128? _hash;
    private long _written;
    private bool _endsInHole;
    private UInt128? _wholeHash;

    /// <param name="bytes">The next bytes.</param>
    internal void Data(ReadOnlySpan<byte> bytes)
    {
        CheckFits(bytes.Length);
        if (bytes.Length == size && _written == 0)
        {
            _wholeHash = XxHash128.HashToUInt128(bytes);
        }
        else
        {
            (_hash ??= new XxHash128()).Append(bytes);
        }

        StagedTree.Check(Kernel.Write(_file, bytes), path, "cannot be written");
        _written += bytes.Length;
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
    internal void End(UInt128 hash, Ownership ownership, int grantedMode)
    {
        if (_written != size || (_wholeHash ?? _hash?.GetCurrentHashAsUInt128() ?? XxHash128.HashToUInt128([])) != hash)
        {
            throw WireReader.Corrupt($"the content of '{RawPath.Display(path.Span)}' does not match its size and hash");
        }

        int error = _endsInHole ? Kernel.Truncate(_file, size) : 0;
        int mode = ownership.Apply(_file, attributes);
        if (error == 0 && mode != (attributes.Mode & grantedMode))
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
        _file = -1;
    }

    private void CheckFits(long bytes)
    {
        if (bytes > size - _written)
        {
            throw WireReader.Corrupt($"the content of '{RawPath.Display(path.Span)}' is longer than its size");
        }
    }
}
