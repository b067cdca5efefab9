namespace Conn.Repository.Sets;

/// <summary>Takes the sections of one stream. One call at a time.</summary>
public sealed class SectionStreamWriter
{
    internal SectionStreamWriter()
    {
    }

    /// <summary>Plain bytes submitted so far.</summary>
    public long Bytes => throw new NotImplementedException();

    /// <summary>Bytes written so far, headers included; lags behind <see cref="Bytes"/> until the stream is completed.</summary>
    public long StoredBytes => throw new NotImplementedException();

    /// <summary>Gives a free buffer; waits while all are being written. That wait is what keeps a fast owner from filling the memory.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The buffer: fill it and submit it, or dispose it.</returns>
    /// <exception cref="RepositoryException">A section before could not be written.</exception>
    public ValueTask<SectionBuffer> RentAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Hands over a section. Sections keep their order and their boundaries.</summary>
    /// <param name="buffer">A buffer rented here; not the caller's any more.</param>
    /// <param name="bytes">How much of it is filled, from the start; with 0 nothing is stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that is done when it was queued, not when it was written.</returns>
    /// <exception cref="RepositoryException">A section before could not be written.</exception>
    public ValueTask SubmitAsync(SectionBuffer buffer, int bytes, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Ends the stream.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that is done when all its sections are written (durable only with the commit).</returns>
    /// <exception cref="RepositoryException">A section could not be written.</exception>
    public ValueTask CompleteAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    internal void Return(byte[] bytes) => throw new NotImplementedException();
}
