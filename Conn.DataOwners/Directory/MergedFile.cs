using Conn.ActiveBackup.Content;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>A file while its content comes, under a private name. Its content is checked by what extracts it.</summary>
internal sealed class MergedFile(int file) : IDisposable
{
    private int _file = file;
    private long _written;
    private bool _endsInHole;

    internal void Data(ReadOnlySpan<byte> bytes)
    {
        Errno.Check(Kernel.Write(_file, bytes), "A file cannot be written");
        _written += bytes.Length;
        _endsInHole = false;
    }

    internal void Hole(long length)
    {
        _written += length;
        Errno.Check(Kernel.SeekTo(_file, _written), "A file cannot have a hole there");
        _endsInHole = true;
    }

    /// <summary>Gives it its attributes. What will replace a file is made durable first, so that a power loss does not leave it empty.</summary>
    /// <returns>0, or why not.</returns>
    internal int End(ContentEntry entry, in EntryAttributes attributes, Ownership ownership, bool replaces)
    {
        int error = _endsInHole ? Kernel.Truncate(_file, _written) : 0;
        if (error == 0 && entry.Mode is not null)
        {
            int granted = ownership.Apply(_file, attributes);
            ownership.Extended.Set(new AttributeHolder(_file), attributes.Extended.Span);
            error = Kernel.ChangeMode(_file, granted);
        }

        error = error == 0 && entry.ModifiedNanoseconds is { } time ? Kernel.SetModified(_file, time) : error;
        error = error == 0 && replaces ? Kernel.Sync(_file) : error;
        Dispose();
        return error;
    }

    public void Dispose()
    {
        Kernel.Close(_file);
        _file = -1;
    }
}
