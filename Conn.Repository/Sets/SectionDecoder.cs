using Conn.Repository.Compression;
using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Decodes a checked section to its plain bytes. Invariant: it returns no bytes whose checksum does not match. One thread at a time.</summary>
internal sealed class SectionDecoder : IDisposable
{
    private readonly ZstdCodec _codec = ZstdCodec.Create();

    /// <summary>Decodes a section other than a reference. The plain bytes lie in the frame, and are valid until the frame is used again.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public ReadOnlyMemory<byte> Decode(SectionFrame frame)
    {
        SectionHeader header = frame.Header;
        ReadOnlyMemory<byte> plain = header.Encoding == SectionEncoding.Raw ? frame.Body : Decompress(frame);
        return ContentHash.Of(plain.Span) == header.PlainHash
            ? plain
            : throw new RepositoryException(RepositoryFailure.Damaged, "its plain bytes do not match their checksum");
    }

    public void Dispose() => _codec.Dispose();

    private ReadOnlyMemory<byte> Decompress(SectionFrame frame)
    {
        Memory<byte> target = frame.Plain(frame.Header.PlainBytes);
        if (!_codec.TryDecompress(frame.Body.Span, target.Span, out int written))
        {
            throw new RepositoryException(RepositoryFailure.Damaged, "it cannot be decompressed");
        }

        return written == target.Length
            ? target
            : throw new RepositoryException(RepositoryFailure.Damaged, "its decompressed length differs from its header");
    }
}
