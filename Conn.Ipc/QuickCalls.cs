using System.Buffers;
using MessagePack;

namespace Conn.Ipc;

/// <summary>
/// The calls that are made most: the same messages as any other, made, read and carried out without the library's work for each (docs/adr/0023-quick-calls.md). Invariant:
/// their numbers are below 0, which the library's are not; whatever is not exactly such a message goes the library's way.
/// </summary>
internal sealed class QuickCalls(WireRpc rpc)
{
    private readonly Lock _lock = new(); // guards everything below
    private readonly Dictionary<long, TaskCompletionSource<byte[]>> _pending = [];
    private long _last;
    private bool _isLost;

    /// <summary>Writes arguments or an answer.</summary>
    public delegate void Writing(ref MessagePackWriter writer);

    /// <summary>What carries out the calls of the other side; set before the first one.</summary>
    public IQuickTarget? Target { get; set; }

    /// <summary>Makes a call.</summary>
    /// <param name="method">The method.</param>
    /// <param name="arguments">Writes the array of its arguments.</param>
    /// <param name="continues">Where the caller goes on after the answer: in the pool of the runtime, or by the thread that has read it, which must not be blocked.</param>
    /// <returns>The encoded answer.</returns>
    /// <exception cref="ConnException">The refusal of the other side; ServerTerminated when the connection is lost.</exception>
    public async Task<byte[]> CallAsync(string method, Writing arguments, TaskCreationOptions continues = TaskCreationOptions.RunContinuationsAsynchronously)
    {
        TaskCompletionSource<byte[]> answer = new(continues);
        long id;
        lock (_lock)
        {
            if (_isLost)
            {
                throw WireRpc.Lost();
            }

            id = --_last;
            _pending.Add(id, answer);
        }

        try
        {
            // The context of the caller may be blocked, and others wait for the end of the message.
            await rpc.SendAsync(QuickMessage.Request(id, method, arguments)).ConfigureAwait(false);
        }
        catch (Exception e) when (WireRpc.IsLoss(e))
        {
            // The loss may have failed it already, and nothing awaits it.
            Remove(id);
            answer.Task.Observe();
            throw WireRpc.Lost();
        }

        return await answer.Task.ConfigureAwait(false);
    }

    /// <summary>Takes a message, if it is one of these calls or answers.</summary>
    /// <returns>False when it is for the library.</returns>
    public bool TryReceive(in ReadOnlySequence<byte> message)
    {
        // In one piece, so that no text of it is in two.
        MessagePackReader reader = new(message.IsSingleSegment ? message.First : message.ToArray());
        try
        {
            if (!QuickMessage.TryReadId(ref reader, out int members, out long id))
            {
                return false;
            }

            return members == QuickMessage.RequestMembers ? TryServe(ref reader, id, message.Length) : TryAnswer(ref reader, id);
        }
        catch (Exception e) when (WireCodec.IsMalformed(e))
        {
            // The library says what is wrong with it.
            return false;
        }
    }

    /// <summary>The connection is lost: so is every call.</summary>
    public void Lose()
    {
        TaskCompletionSource<byte[]>[] lost;
        lock (_lock)
        {
            _isLost = true;
            lost = [.. _pending.Values];
            _pending.Clear();
        }

        Array.ForEach(lost, static l => l.TrySetException(WireRpc.Lost()));
    }

    private bool TryServe(ref MessagePackReader reader, long id, long bytes)
    {
        if (Target is not { } target || !QuickMessage.TryReadMethod(ref reader, target.Method))
        {
            return false;
        }

        ValueTask<QuickMessage> answer;
        try
        {
            answer = target.Serve(ref reader, id);
        }
#pragma warning disable CA1031 // Whatever it is, it is told: nothing was changed, so the library makes the call again, and tells the other side.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }

        _ = rpc.AnswerAsync(answer, id, bytes);
        return true;
    }

    private bool TryAnswer(ref MessagePackReader reader, long id)
    {
        ConnException? refusal = null;
        if (!QuickMessage.TryReadResult(ref reader, out byte[] result) && !QuickMessage.TryReadError(ref reader, out refusal))
        {
            return false;
        }

        if (Remove(id) is not { } answer)
        {
            return false;
        }

        _ = refusal is null ? answer.TrySetResult(result) : answer.TrySetException(refusal);
        return true;
    }

    private TaskCompletionSource<byte[]>? Remove(long id)
    {
        lock (_lock)
        {
            return _pending.Remove(id, out TaskCompletionSource<byte[]>? answer) ? answer : null;
        }
    }
}
