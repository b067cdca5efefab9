using Conn.PubSub.Replication;
using MessagePack;

namespace Conn.Ipc;

/// <summary>Sends a client what has changed.</summary>
internal static class BusPushes
{
    private const int PartBytes = 1 << 20;
    private const int EntryBytes = 128;

    // Each push is acknowledged before the next is taken: what changes in between costs no memory.
    public static async Task RunAsync(ReplicaSource source, WireRpc rpc, CancellationToken over)
    {
        List<ReplicaEntry> taken = [];
        try
        {
            while (await source.WaitAsync(over))
            {
                taken.Clear();
                long mark = source.Take(taken, out long revision);
                int start = 0;
                do
                {
                    int end = start;
                    for (long bytes = 0; end < taken.Count && (end == start || bytes < PartBytes); end++)
                    {
                        bytes += EntryBytes + taken[end].Value.Bytes.Length;
                    }

                    WireEntry[] part = [.. taken.Skip(start).Take(end - start).Select(static e => WireEntry.Of(e))];
                    start = end;
                    WireChanges changes = new(part, start == taken.Count, mark, revision);
                    await rpc.Quick.CallAsync(nameof(IBusClient.ChangesAsync), (ref MessagePackWriter writer) =>
                    {
                        writer.WriteArrayHeader(1);
                        MessagePackSerializer.Serialize(ref writer, changes, WireRpc.Options);
                    });
                }
                while (start < taken.Count);
            }
        }
#pragma warning disable CA1031 // A connection that ends in the middle of a message fails in many ways; each ends this connection, and nothing else.
        catch (Exception)
#pragma warning restore CA1031
        {
            rpc.Dispose();
        }
    }
}
