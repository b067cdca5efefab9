using Conn.PubSub.Observables;
using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>Invariant: type, policies, owner and lifetime never change; value and stamp are written under the store's gate only, and read whole without
/// it.</summary>
internal sealed class Definition(
    PropertyType type, SecurityPolicy read, SecurityPolicy write, SecureId owner, bool enforce, byte[] room, PropertyLifetime lifetime, int client)
{
    private const int OptimisticReads = 16;
    private static long _lastGeneration;

    private readonly bool _readByAll = !enforce || read == SecurityPolicy.AlwaysPass;
    private readonly bool _writeByAll = !enforce || write == SecurityPolicy.AlwaysPass;

    // A sequence lock: odd while a write is under way. Everything below is written under the store's gate.
    private int _sequence;
    private int _value;
    private int _length;
    private long _stamp;
    private byte[] _bytes = room;

    // Guarded by the store's gate: a copy of the bytes that observers share, made at most once per publish.
    private byte[]? _snapshot;

    public PropertyType Type => type;

    public SecurityPolicy Read => read;

    public SecurityPolicy Write => write;

    public SecureId Owner => owner;

    public PropertyLifetime Lifetime => lifetime;

    /// <summary>The client that defined it; 0 for one that came back from a file.</summary>
    public int Client => client;

    /// <summary>Unlike that of any other definition in the process; never 0.</summary>
    public long Generation { get; } = Interlocked.Increment(ref _lastGeneration);

    /// <summary>The last publish; 0 before the first. Under the gate.</summary>
    public long Stamp => _stamp;

    /// <summary>The bytes as they are; under the gate, and only as long as it is held.</summary>
    public ReadOnlySpan<byte> Content => _bytes.AsSpan(0, _length);

    /// <summary>The most bytes it takes.</summary>
    public int MaxBytes => type == PropertyType.ByteArray ? PropertyLimits.MaxByteArrayBytes : PropertyLimits.MaxLargeByteArrayBytes;

    public bool MayRead(ClientIdentity identity) => _readByAll || read.Passes(identity);

    public bool MayWrite(ClientIdentity identity) => _writeByAll || write.Passes(identity);

    public bool IsSame(Definition other) =>
        Type == other.Type && Owner == other.Owner && Read == other.Read && Write == other.Write && Lifetime == other.Lifetime;

    /// <summary>Value, stamp and the store's revision at once: who reads the new revision waits for, or sees, the value, and the other way round.</summary>
    public void WriteInt(int value, long stamp, ref long revision)
    {
        int sequence = _sequence;
        Volatile.Write(ref _sequence, sequence + 1);
        Volatile.Write(ref _value, value);
        Volatile.Write(ref _stamp, stamp);
        Volatile.Write(ref revision, stamp);
        Volatile.Write(ref _sequence, sequence + 2);
    }

    /// <summary>As <see cref="WriteInt"/>.</summary>
    public void WriteBytes(byte[] room, ReadOnlySpan<byte> value, long stamp, ref long revision)
    {
        BeginWrite();
        PutBytes(room, value, stamp);
        Volatile.Write(ref revision, stamp);
        EndWrite();
    }

    /// <summary>Where a value of that length goes; null when it needs more room than there is. Under the gate.</summary>
    public byte[]? RoomFor(int length) => length <= _bytes.Length ? _bytes : null;

    /// <summary>Readers wait from here until <see cref="EndWrite"/>. Several properties of one publish are all begun before the first is ended.</summary>
    public void BeginWrite()
    {
        Volatile.Write(ref _sequence, _sequence + 1);
        Volatile.WriteBarrier();
    }

    public void EndWrite() => Volatile.Write(ref _sequence, _sequence + 1);

    public void PutInt(int value, long stamp)
    {
        Volatile.Write(ref _value, value);
        Volatile.Write(ref _stamp, stamp);
    }

    public void PutBytes(byte[] room, ReadOnlySpan<byte> value, long stamp)
    {
        value.CopyTo(room);
        Volatile.Write(ref _bytes, room);
        Volatile.Write(ref _length, value.Length);
        Volatile.Write(ref _stamp, stamp);
        _snapshot = null;
    }

    public void ReadInt(Gate gate, out int value, out long stamp)
    {
        if (TryReadInt(out value, out stamp))
        {
            return;
        }

        for (int i = 1; i < OptimisticReads; i++)
        {
            if (TryReadInt(out value, out stamp))
            {
                return;
            }
        }

        // A writer was interrupted in the middle, or many write: wait for them in line instead of spinning.
        using (gate.Take())
        {
            value = _value;
            stamp = _stamp;
        }
    }

    /// <summary>Copies what fits; returns the length of the whole value.</summary>
    public int ReadBytes(Gate gate, Span<byte> buffer, out long stamp)
    {
        for (int i = 0; i < OptimisticReads; i++)
        {
            if (TryReadBytes(buffer, out int length, out stamp))
            {
                return length;
            }
        }

        using (gate.Take())
        {
            stamp = _stamp;
            _bytes.AsSpan(0, Math.Min(_length, buffer.Length)).CopyTo(buffer);
            return _length;
        }
    }

    /// <summary>The value as an element; call under the gate.</summary>
    public PropertyChange Snapshot(int writer) => type == PropertyType.Int
        ? PropertyChange.OfInt(_value, _stamp, writer)
        : PropertyChange.OfBytes(type, _snapshot ??= Content.ToArray(), _stamp, writer);

    private bool TryReadInt(out int value, out long stamp)
    {
        int before = Volatile.Read(ref _sequence);
        value = Volatile.Read(ref _value);
        stamp = Volatile.Read(ref _stamp);
        return (before & 1) == 0 && Volatile.Read(ref _sequence) == before;
    }

    private bool TryReadBytes(Span<byte> buffer, out int length, out long stamp)
    {
        int before = Volatile.Read(ref _sequence);
        byte[] bytes = Volatile.Read(ref _bytes);
        length = Volatile.Read(ref _length);
        stamp = Volatile.Read(ref _stamp);
        if ((before & 1) != 0 || length > bytes.Length)
        {
            return false;
        }

        bytes.AsSpan(0, Math.Min(length, buffer.Length)).CopyTo(buffer);
        Volatile.ReadBarrier();
        return Volatile.Read(ref _sequence) == before;
    }
}
