using Conn.PubSub.Observables;
using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>Invariant: type, policies and owner never change; value and stamp are written under the store's gate only, and read whole without it.</summary>
internal sealed class Definition(PropertyType type, SecurityPolicy read, SecurityPolicy write, SecureId owner, bool enforce, int preallocate)
{
    private const int OptimisticReads = 16;

    private readonly SecurityPolicy _read = read;
    private readonly SecurityPolicy _write = write;
    private readonly bool _readByAll = !enforce || read == SecurityPolicy.AlwaysPass;
    private readonly bool _writeByAll = !enforce || write == SecurityPolicy.AlwaysPass;

    // A sequence lock: odd while a write is under way. Everything below is written under the store's gate.
    private int _sequence;
    private int _value;
    private int _length;
    private long _stamp;
    private byte[] _bytes = preallocate == 0 ? [] : new byte[preallocate];

    // Guarded by the store's gate: a copy of the bytes that observers share, made at most once per publish.
    private byte[]? _snapshot;

    public PropertyType Type => type;

    public SecureId Owner => owner;

    public bool MayRead(ClientIdentity identity) => _readByAll || _read.Passes(identity);

    public bool MayWrite(ClientIdentity identity) => _writeByAll || _write.Passes(identity);

    public bool IsSame(Definition other) =>
        Type == other.Type && Owner == other.Owner && _read == other._read && _write == other._write;

    public void WriteInt(int value, long stamp)
    {
        int sequence = _sequence;
        Volatile.Write(ref _sequence, sequence + 1);
        Volatile.Write(ref _value, value);
        Volatile.Write(ref _stamp, stamp);
        Volatile.Write(ref _sequence, sequence + 2);
    }

    public void WriteBytes(ReadOnlySpan<byte> value, long stamp)
    {
        // Growth is to exactly the new length, and before anything changes: no memory means the old value, whole.
        byte[] bytes = value.Length <= _bytes.Length ? _bytes : new byte[value.Length];
        int sequence = _sequence;
        Volatile.Write(ref _sequence, sequence + 1);
        Volatile.WriteBarrier();
        value.CopyTo(bytes);
        Volatile.Write(ref _bytes, bytes);
        Volatile.Write(ref _length, value.Length);
        Volatile.Write(ref _stamp, stamp);
        Volatile.Write(ref _sequence, sequence + 2);
        _snapshot = null;
    }

    public void ReadInt(Lock gate, out int value, out long stamp)
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
        lock (gate)
        {
            value = _value;
            stamp = _stamp;
        }
    }

    /// <summary>Copies what fits; returns the length of the whole value.</summary>
    public int ReadBytes(Lock gate, Span<byte> buffer, out long stamp)
    {
        for (int i = 0; i < OptimisticReads; i++)
        {
            if (TryReadBytes(buffer, out int length, out stamp))
            {
                return length;
            }
        }

        lock (gate)
        {
            stamp = _stamp;
            _bytes.AsSpan(0, Math.Min(_length, buffer.Length)).CopyTo(buffer);
            return _length;
        }
    }

    /// <summary>The value as an element; call under the gate.</summary>
    public PropertyChange Snapshot() => type == PropertyType.Int
        ? PropertyChange.OfInt(_value, _stamp)
        : PropertyChange.OfBytes(type, _snapshot ??= _bytes.AsSpan(0, _length).ToArray(), _stamp);

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
