using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Conn.Testing.Time;

namespace Conn.Testing.Simulation;

/// <summary>What happened in a run: a hash of it, and when asked for every line.</summary>
internal sealed class SimulationTrace(VirtualTime time, bool keep)
{
    private readonly XxHash128 _hash = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public string Hash => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Notes an event without words; they are made only when lines are kept.</summary>
    public void Add(int owner, int what, long number, Func<string> words)
    {
        time.AssertOnPump("an event of the simulation");
        Span<byte> bytes = stackalloc byte[24];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, time.Elapsed.Ticks);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], owner);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], what);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], number);
        _hash.Append(bytes);
        if (keep)
        {
            _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{time.Elapsed.TotalSeconds,9:0.000} {(owner < 0 ? "host" : $"owner{owner}")} {words()}"));
        }
    }

    /// <summary>Notes an event of the host.</summary>
    public void Add(string words)
    {
        _hash.Append(Encoding.UTF8.GetBytes(words));
        Add(-1, words.Length, 0, () => words);
    }
}
