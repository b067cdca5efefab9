namespace Conn.ActiveBackup.Calls;

/// <summary>The one way from an engine to a data owner. Everything between them is a layer of this method: order, trace, watchdog, queue, socket.</summary>
/// <remarks>
/// <para>Any thread. The caller makes one call at a time, except <see cref="OwnerCallKind.TerminateMultiStageOperation"/> and
/// <see cref="OwnerCallKind.KeepAlive"/>, which may come while another call runs.</para>
/// <para>A layer may run the owner's code on the calling thread, so an engine calls it from a thread that nothing else waits for.</para>
/// </remarks>
public interface IOwnerChannel : IAsyncDisposable
{
    /// <summary>Makes one call.</summary>
    /// <param name="call">What is called; its memory stays valid until the returned task completes.</param>
    /// <param name="cancellationToken">Asks the owner to stop. The task still completes only when the owner has returned.</param>
    /// <returns>The result, or the failure of the owner or of the way to it, as a value. The task itself does not fail.</returns>
    ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken);
}
