using ZstdSharp;

namespace Conn.Repository.Compression;

/// <summary>Zstandard in managed code, for machines without the library.</summary>
internal sealed class ManagedZstd(int level) : ZstdCodec
{
    private readonly Lazy<Compressor> _compressor = new(() => new Compressor(level));
    private readonly Lazy<Decompressor> _decompressor = new(static () => new Decompressor());

    public override bool TryCompress(ReadOnlySpan<byte> plain, Span<byte> target, out int written) => _compressor.Value.TryWrap(plain, target, out written);

    public override bool TryDecompress(ReadOnlySpan<byte> stored, Span<byte> target, out int written)
    {
        try
        {
            return _decompressor.Value.TryUnwrap(stored, target, out written);
        }
        catch (ZstdException)
        {
            written = 0;
            return false;
        }
    }

    public override void Dispose()
    {
        if (_compressor.IsValueCreated)
        {
            _compressor.Value.Dispose();
        }

        if (_decompressor.IsValueCreated)
        {
            _decompressor.Value.Dispose();
        }
    }
}
