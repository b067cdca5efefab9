using System.Security.Cryptography;

namespace Conn.ActiveBackup.Staging;

/// <summary>Gives content out in sections, followed by its SHA-256, so that a restore finds damage before it changes anything.</summary>
internal sealed class HashedSource(Stream content) : IAsyncDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[]? _trailer;
    private int _sent;

    /// <summary>Fills a section.</summary>
    public async ValueTask<SectionResult> TakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int bytes = 0;
        if (_trailer is null)
        {
            bytes = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            _hash.AppendData(buffer.Span[..bytes]);
            if (bytes == buffer.Length)
            {
                return new SectionResult(bytes, Finished: false);
            }

            _trailer = _hash.GetHashAndReset();
        }

        int more = Math.Min(buffer.Length - bytes, _trailer.Length - _sent);
        _trailer.AsSpan(_sent, more).CopyTo(buffer.Span[bytes..]);
        _sent += more;
        return new SectionResult(bytes + more, _sent == _trailer.Length);
    }

    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        await content.DisposeAsync();
    }
}
