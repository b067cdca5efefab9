namespace Conn.DataOwners.Directory;

/// <summary>Bytes that are read once, from the first to the last, of which the next ones can be looked at before they are taken.</summary>
internal abstract class ByteWindow
{
    /// <summary>Gets how many bytes were taken.</summary>
    internal abstract long Position { get; }

    /// <summary>Gets the next bytes: at least as many as asked for, unless the stream ends before.</summary>
    internal abstract ReadOnlySpan<byte> Peek(int bytes);

    /// <summary>Takes bytes that were looked at.</summary>
    internal abstract void Advance(int bytes);
}
