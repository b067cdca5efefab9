namespace Conn.DataOwners.Posix;

/// <summary>An entry whose extended attributes are read and set: an open file or folder, or a name in an open folder, whose link is not followed. Names of
/// attributes end with NUL; every call returns 0 or an <see cref="Errno"/>.</summary>
internal readonly unsafe ref struct AttributeHolder
{
    /// <summary>What the path of a name needs: the folder's place and the longest name.</summary>
    internal const int MaxPathBytes = 320;
    private readonly int _file;
    private readonly ReadOnlySpan<byte> _path;

    internal AttributeHolder(int file) => _file = file;

    /// <param name="folder">An open folder.</param>
    /// <param name="name">A name in it, with a NUL behind.</param>
    /// <param name="scratch">Holds the path as long as this is used: <see cref="MaxPathBytes"/>.</param>
    internal AttributeHolder(int folder, scoped ReadOnlySpan<byte> name, Span<byte> scratch)
    {
        // The kernel has no call that takes a folder and a name here.
        "/proc/self/fd/"u8.CopyTo(scratch);
        System.Buffers.Text.Utf8Formatter.TryFormat(folder, scratch[14..], out int digits);
        scratch[14 + digits] = (byte)'/';
        name.CopyTo(scratch[(15 + digits)..]);
        _path = scratch[..(15 + digits + name.Length)];
    }

    /// <summary>The names, each with a NUL behind; <see cref="Errno.Range"/> when they do not fit.</summary>
    internal int List(Span<byte> names, out int bytes)
    {
        fixed (byte* path = _path)
        fixed (byte* into = names)
        {
            return Outcome(path == null ? LibC.ListAttributes(_file, into, names.Length) : LibC.ListAttributesOf(path, into, names.Length), out bytes);
        }
    }

    /// <summary>A value; <see cref="Errno.Range"/> when it does not fit, <see cref="Errno.NoData"/> when there is none.</summary>
    internal int Get(ReadOnlySpan<byte> name, Span<byte> value, out int bytes)
    {
        fixed (byte* path = _path)
        fixed (byte* from = name)
        fixed (byte* into = value)
        {
            return Outcome(path == null ? LibC.GetAttribute(_file, from, into, value.Length) : LibC.GetAttributeOf(path, from, into, value.Length), out bytes);
        }
    }

    internal int Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        fixed (byte* path = _path)
        fixed (byte* to = name)
        fixed (byte* from = value)
        {
            return Outcome(path == null ? LibC.SetAttribute(_file, to, from, value.Length, 0) : LibC.SetAttributeOf(path, to, from, value.Length, 0), out _);
        }
    }

    internal int Remove(ReadOnlySpan<byte> name)
    {
        fixed (byte* path = _path)
        fixed (byte* to = name)
        {
            return Outcome(path == null ? LibC.RemoveAttribute(_file, to) : LibC.RemoveAttributeOf(path, to), out _);
        }
    }

    private static int Outcome(nint result, out int bytes)
    {
        bytes = (int)Math.Max(result, 0);
        return result < 0 ? Errno.Last : 0;
    }
}
