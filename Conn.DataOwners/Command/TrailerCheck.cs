using System.Security.Cryptography;

namespace Conn.DataOwners.Command;

/// <summary>Cuts the hash off the end of a stream, and compares it. Invariant: what was returned so far is never a part of the hash.</summary>
internal sealed class TrailerCheck(int trailerBytes) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = [];
    private int _held;

    /// <summary>Gets the content that is known to be some after a section; valid until the next call.</summary>
    internal ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> section)
    {
        if (trailerBytes == 0)
        {
            return section;
        }

        // What was held back stands first; the last bytes of both together are held back next.
        byte[] next = new byte[_held + section.Length];
        _buffer.AsSpan(_buffer.Length - _held).CopyTo(next);
        section.CopyTo(next.AsMemory(_held));
        _buffer = next;
        _held = Math.Min(trailerBytes, next.Length);
        ReadOnlyMemory<byte> content = next.AsMemory(0, next.Length - _held);
        _hash.AppendData(content.Span);
        return content;
    }

    /// <summary>Compares.</summary>
    /// <exception cref="ConnException">Corrupt: the hash is another one, or the stream is too short for it.</exception>
    internal void End()
    {
        if (trailerBytes > 0 && (_held < trailerBytes || !_hash.GetHashAndReset().AsSpan().SequenceEqual(_buffer.AsSpan(_buffer.Length - _held))))
        {
            throw new ConnException(ErrorCode.Corrupt, "The data is not what was backed up: its SHA-256 differs.");
        }
    }

    public void Dispose() => _hash.Dispose();
}
