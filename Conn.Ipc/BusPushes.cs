using Conn.PubSub.Replication;

namespace Conn.Ipc;

/// <summary>Sends a client what has changed. Each push is acknowledged before the next is taken: what changes in between costs no memory.</summary>
internal sealed class BusPushes(ReplicaSource source, WireRpc rpc)
{
    private const int PartBytes = 1 << 20;
    private const int EntryBytes = 128;

    private readonly List<ReplicaEntry> _taken = [];

    /// <summary>Sends by this thread what has changed; the thread that reads the acknowledgements sends the rest, whatever the context and the scheduler of this one.</summary>
    public void Start() => _ = PushAsync();

    private async Task PushAsync()
    {
        try
        {
            do
            {
                _taken.Clear();
                long mark = source.Take(_taken, out long revision);
                int start = 0;
                do
                {
                    int end = EndOfPart(start);
                    WireEntry[] part = [.. _taken[start..end].Select(static e => WireEntry.Of(e))];
                    start = end;
                    await SendAsync(new WireChanges(part, start == _taken.Count, mark, revision)).ConfigureAwait(false);
                }
                while (start < _taken.Count);
            }
            while (!source.TryRest());
        }
#pragma warning disable CA1031 // A connection that ends in the middle of a message fails in many ways; each ends this connection, and nothing else.
        catch (Exception)
#pragma warning restore CA1031
        {
            rpc.Dispose();
        }
    }

    private int EndOfPart(int start)
    {
        int end = start;
        for (long bytes = 0; end < _taken.Count && (end == start || bytes < PartBytes); end++)
        {
            bytes += EntryBytes + _taken[end].Value.Bytes.Length;
        }

        return end;
    }

    private Task<byte[]> SendAsync(WireChanges changes) => rpc.Quick.CallAsync(
        nameof(IBusClient.ChangesAsync), QuickMessage.OnlyArgument(changes), TaskCreationOptions.None);
}
