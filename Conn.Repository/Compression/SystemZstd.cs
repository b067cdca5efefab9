namespace Conn.Repository.Compression;

/// <summary>Zstandard by the system's own library.</summary>
internal sealed unsafe class SystemZstd(ZstdLibrary library, int level) : ZstdCodec
{
    private nint _compression;
    private nint _decompression;

    ~SystemZstd() => Free();

    public override bool TryCompress(ReadOnlySpan<byte> plain, Span<byte> target, out int written)
    {
        if (_compression == 0)
        {
            _compression = Made(library.CreateCompression());
        }

        fixed (byte* from = plain, to = target)
        {
            return Succeeded(library.Compress(_compression, to, (nuint)target.Length, from, (nuint)plain.Length, level), out written);
        }
    }

    public override bool TryDecompress(ReadOnlySpan<byte> stored, Span<byte> target, out int written)
    {
        if (_decompression == 0)
        {
            _decompression = Made(library.CreateDecompression());
        }

        fixed (byte* from = stored, to = target)
        {
            return Succeeded(library.Decompress(_decompression, to, (nuint)target.Length, from, (nuint)stored.Length), out written);
        }
    }

    public override void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static nint Made(nint context) => context != 0 ? context : throw new InsufficientMemoryException("The library of Zstandard got no memory.");

    private bool Succeeded(nuint result, out int written)
    {
        bool succeeded = library.IsError(result) == 0;
        written = succeeded ? (int)result : 0;
        GC.KeepAlive(this);
        return succeeded;
    }

    // Both functions take a null pointer.
    private void Free()
    {
        library.FreeCompression(_compression);
        library.FreeDecompression(_decompression);
        (_compression, _decompression) = (0, 0);
    }
}
