using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

internal sealed partial class StagedTree
{
    private readonly int _grantedMode;
    private readonly PathBuffer _filePath = new();
    private readonly XxHash128 _hash = new();
    private int _file = -1;
    private EntryAttributes _fileAttributes;
    private long _fileSize;
    private long _written;
    private bool _endsInHole;
    private UInt128 _wholeHash;
    private bool _isWhole;

    /// <summary>True between the head of a file and its end.</summary>
    internal bool InFile => _file >= 0;

    internal void BeginFile(PathBuffer path, in EntryAttributes attributes, long size)
    {
        int folder = MakeWay(path);
        int error = Kernel.Open(folder, path.Leaf, OpenFlags.NewFile, (uint)attributes.Mode & 0x1FF, out _file);
        Check(error, path, "cannot be made");
        _filePath.Set(path.Span);
        (_fileAttributes, _fileSize, _written, _endsInHole, _isWhole) = (attributes, size, 0, false, false);
        _hash.Reset();
    }

    /// <param name="bytes">The next bytes.</param>
    internal void Data(ReadOnlySpan<byte> bytes)
    {
        CheckFits(bytes.Length);
        if (bytes.Length == _fileSize && _written == 0)
        {
            (_wholeHash, _isWhole) = (XxHash128.HashToUInt128(bytes), true);
        }
        else
        {
            _hash.Append(bytes);
        }

        Check(Kernel.Write(_file, bytes), _filePath, "cannot be written");
        _written += bytes.Length;
        _endsInHole = false;
    }

    internal void Hole(long length)
    {
        CheckFits(length);
        FileContent.HashHole(_hash, length);
        _written += length;
        Check(Kernel.SeekTo(_file, _written), _filePath, "cannot have a hole there");
        _endsInHole = true;
    }

    internal void EndFile(UInt128 hash)
    {
        if (_written != _fileSize || (_isWhole ? _wholeHash : _hash.GetCurrentHashAsUInt128()) != hash)
        {
            throw WireReader.Corrupt($"the content of '{RawPath.Display(_filePath.Span)}' does not match its size and hash");
        }

        int error = _endsInHole ? Kernel.Truncate(_file, _fileSize) : 0;
        int mode = _ownership.Apply(_file, _fileAttributes);
        if (error == 0 && mode != (_fileAttributes.Mode & _grantedMode))
        {
            error = Kernel.ChangeMode(_file, mode);
        }

        error = error == 0 ? Kernel.SetModified(_file, _fileAttributes.Modified) : error;
        Kernel.Close(_file);
        _file = -1;
        Check(error, _filePath, "cannot be finished");
    }

    internal void Discard()
    {
        Kernel.Close(_file);
        _file = -1;
        Check(Kernel.Unlink(EnterParent(_filePath), _filePath.Leaf), _filePath, "cannot be taken back");
    }

    private void CheckFits(long bytes)
    {
        if (bytes > _fileSize - _written)
        {
            throw WireReader.Corrupt($"the content of '{RawPath.Display(_filePath.Span)}' is longer than its size");
        }
    }
}
