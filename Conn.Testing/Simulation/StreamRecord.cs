using System.IO.Hashing;

namespace Conn.Testing.Simulation;

/// <summary>What passed between the engine and one drive of one owner in one operation: enough to compare a restore with its backups.</summary>
internal sealed class StreamRecord
{
    private XxHash128 _open = new();
    private long _length;

    /// <summary>Data handed over in a backup: length and hash, once it finished.</summary>
    public string? Data { get; private set; }

    /// <summary>Streams given in a restore: the base, then the increments.</summary>
    public List<string> Given { get; } = [];

    /// <summary>The new snapshot handed over, once it finished.</summary>
    public byte[]? Snapshot { get; set; }

    /// <summary>The old snapshot received, once it was complete and as long as it was not refused.</summary>
    public byte[]? OldSnapshot { get; set; }

    /// <summary>Whether the owner refused an old snapshot in the present operation.</summary>
    public bool IsOldSnapshotRefused { get; set; }

    /// <summary>The bytes of the snapshot that is handed over now.</summary>
    public long SnapshotBytes => Pieces.Length;

    private MemoryStream Pieces { get; set; } = new();

    public void Begin() => (_open, _length) = (new XxHash128(), 0);

    public void Take(ReadOnlySpan<byte> bytes, bool last, bool restore)
    {
        _open.Append(bytes);
        _length += bytes.Length;
        if (last)
        {
            string digest = $"{_length}:{Convert.ToHexStringLower(_open.GetCurrentHash())}";
            if (restore)
            {
                Given.Add(digest);
            }
            else
            {
                Data = digest;
            }
        }
    }

    public void TakeSnapshot(ReadOnlySpan<byte> bytes, bool last, bool old)
    {
        Pieces.Write(bytes);
        if (last)
        {
            (Snapshot, OldSnapshot) = old ? (Snapshot, Pieces.ToArray()) : (Pieces.ToArray(), OldSnapshot);
            Pieces = new MemoryStream();
        }
    }

    /// <summary>The owner starts from the beginning: what it was supplied with before does not count.</summary>
    public void Forget()
    {
        OldSnapshot = null;
        Pieces = new MemoryStream();
    }
}
