using System.IO.Hashing;
using Conn.Repository.Format;
using ZstdSharp;

namespace Conn.Repository.Sets;

/// <summary>Turns a checked section into its plain bytes, and lets none pass whose checksum does not match. One thread at a time.</summary>
internal sealed class SectionDecoder : IDisposable
{
    private readonly Decompressor _decompressor = new();

    /// <summary>The plain bytes; they lie in the frame and stay until it is used again. Not for references.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public ReadOnlyMemory<byte> Decode(SectionFrame frame)
    {
        var header = frame.Header;
        var plain = header.Encoding == SectionEncoding.Raw ? frame.Body : Decompress(frame);
        return XxHash128.HashToUInt128(plain.Span) == header.PlainHash
            ? plain
            : throw new RepositoryException(RepositoryFailure.Damaged, "its plain bytes do not match their checksum");
    }

    public void Dispose() => _decompressor.Dispose();

    private ReadOnlyMemory<byte> Decompress(SectionFrame frame)
    {
        var target = frame.Plain(frame.Header.PlainBytes);
        try
        {
            if (_decompressor.TryUnwrap(frame.Body.Span, target.Span, out var written) && written == target.Length)
            {
                return target;
            }
        }
        catch (ZstdException error)
        {
            throw new RepositoryException(RepositoryFailure.Damaged, "it cannot be decompressed", null, error);
        }

        throw new RepositoryException(RepositoryFailure.Damaged, "it does not decompress to the length it states");
    }
}
