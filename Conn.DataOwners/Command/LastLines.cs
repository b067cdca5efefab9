using System.Text;

namespace Conn.DataOwners.Command;

/// <summary>Keeps the end of what a program writes. Invariant: its size is bounded, whatever is written. Any thread.</summary>
internal sealed class LastLines
{
    private const int KeptBytes = 4096;
    private const int Lines = 5;
    private const int LineCharacters = 300;

    private readonly Lock _lock = new(); // guards both
    private readonly byte[] _kept = new byte[KeptBytes];
    private long _written;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (byte b in bytes.Length > KeptBytes ? bytes[^KeptBytes..] : bytes)
            {
                _kept[_written++ % KeptBytes] = b;
            }
        }
    }

    /// <summary>Reads to the end of a stream, or until it is closed.</summary>
    public async Task DrainAsync(Stream stream)
    {
        byte[] block = new byte[4096];
        try
        {
            int bytes;
            while ((bytes = await stream.ReadAsync(block)) > 0)
            {
                Add(block.AsSpan(0, bytes));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Closed because the stage has ended.
            return;
        }
    }

    /// <summary>The last lines as one sentence; without control characters.</summary>
    public override string ToString()
    {
        byte[] bytes;
        lock (_lock)
        {
            int count = (int)Math.Min(_written, KeptBytes);
            bytes = new byte[count];
            for (int i = 0; i < count; i++)
            {
                bytes[i] = _kept[(_written - count + i) % KeptBytes];
            }
        }

        string[] lines = [.. Encoding.UTF8.GetString(bytes).Split('\n').Select(Clean).Where(static l => l.Length > 0).TakeLast(Lines)];
        return lines.Length == 0 ? "It wrote no message." : $"It wrote last: {string.Join(" | ", lines)}";
    }

    private static string Clean(string line)
    {
        string clean = string.Concat(line.Select(static c => char.IsControl(c) ? ' ' : c)).Trim();
        return clean.Length > LineCharacters ? clean[..LineCharacters] + "..." : clean;
    }
}
