namespace Conn.Repository.Sets;

/// <summary>A pooled buffer for one section: rented, filled by the owner in place, then submitted or disposed.</summary>
/// <remarks>The renter owns it between renting and submitting; one thread at a time. Disposing gives it back unused.</remarks>
public sealed class SectionBuffer : IDisposable
{
    private readonly SectionStreamWriter _writer;
    private byte[]? _bytes;

    internal SectionBuffer(SectionStreamWriter writer, byte[] bytes, int length)
    {
        _writer = writer;
        _bytes = bytes;
        Memory = bytes.AsMemory(0, length);
    }

    /// <summary>The whole buffer; <see cref="RepositoryOptions.SectionBytes"/> long. Must not be touched after it was submitted or disposed.</summary>
    public Memory<byte> Memory { get; }

    /// <summary>Gives the buffer back unused. Nothing happens when it was submitted.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
        {
            _writer.Return(bytes);
        }
    }

    /// <summary>Gives the buffer up without giving it back: whoever still writes into it can harm nobody. The pool gets a new one.</summary>
    public void Forfeit()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
        {
            _writer.Return(new byte[bytes.Length]);
        }
    }

    internal byte[] Take(SectionStreamWriter writer)
    {
        if (!ReferenceEquals(writer, _writer))
        {
            throw new ArgumentException("The buffer was rented from another stream.", nameof(writer));
        }

        return Interlocked.Exchange(ref _bytes, null) ?? throw new InvalidOperationException("The buffer was submitted or given back already.");
    }
}
