namespace Conn.DataOwners.Directory;

/// <summary>One path below a root, in raw bytes with <c>/</c> between names and a NUL behind; empty is the root itself. Never longer than
/// <see cref="MaxBytes"/>.</summary>
internal sealed class PathBuffer
{
    internal const int MaxBytes = 4096;
    private readonly byte[] _bytes = new byte[MaxBytes + 1];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>The folder the entry is in, without a slash at its end.</summary>
    internal ReadOnlySpan<byte> Parent => _bytes.AsSpan(0, Math.Max(Span.LastIndexOf((byte)'/'), 0));

    /// <summary>The last name with its NUL.</summary>
    internal ReadOnlySpan<byte> Leaf
    {
        get
        {
            int start = Span.LastIndexOf((byte)'/') + 1;
            return _bytes.AsSpan(start, Length - start + 1);
        }
    }

    internal void Set(ReadOnlySpan<byte> path) => Splice(0, path);

    /// <summary>Keeps the first bytes and puts others behind them. False when the path would be too long; it is then as before.</summary>
    internal bool TrySplice(int kept, ReadOnlySpan<byte> rest)
    {
        if (kept + rest.Length > MaxBytes)
        {
            return false;
        }

        Splice(kept, rest);
        return true;
    }

    /// <summary>Makes this the path of a name in a folder of which the first <paramref name="folder"/> bytes are here.</summary>
    internal bool TryAppendName(int folder, ReadOnlySpan<byte> name)
    {
        if (folder == 0)
        {
            return TrySplice(0, name);
        }

        if (folder + 1 + name.Length > MaxBytes)
        {
            return false;
        }

        _bytes[folder] = (byte)'/';
        Splice(folder + 1, name);
        return true;
    }

    internal void Truncate(int length)
    {
        Length = length;
        _bytes[length] = 0;
    }

    private void Splice(int kept, ReadOnlySpan<byte> rest)
    {
        rest.CopyTo(_bytes.AsSpan(kept));
        Truncate(kept + rest.Length);
    }
}
