using Conn.PubSub.Security;

namespace Conn.PubSub.Core;

/// <summary>
/// The definition of a property and its value. Type, policies, owner and lifetime never change. Invariant: value and revision are written under the store's lock only;
/// they are read together without it, by a sequence lock.
/// </summary>
internal sealed class Definition : IClientPart
{
    private const int OptimisticReads = 16;
    private static long _lastGeneration;

    private readonly bool _readByAll;
    private readonly bool _writeByAll;

    // The client with whose end the definition ends; null for any other lifetime.
    private readonly ClientState? _client;

    // Odd while a write runs. Everything below is written under the store's lock.
    private int _sequence;
    private int _value;
    private int _length;
    private long _revision;
    private byte[] _bytes;

    // A copy of the bytes that observers share, made at most once for each publish. Guarded by the store's lock.
    private byte[]? _snapshot;

    public Definition(PropertyDefinition shape, SecureId owner, bool enforce, byte[] room, ClientState? client)
    {
        Shape = shape;
        Type = shape.Type;
        Owner = owner;
        _readByAll = !enforce || shape.Read == SecurityPolicy.AlwaysPass;
        _writeByAll = !enforce || shape.Write == SecurityPolicy.AlwaysPass;
        _bytes = room;
        _client = client;
    }

    /// <summary>What was asked for.</summary>
    public PropertyDefinition Shape { get; }

    public PropertyType Type { get; }

    public SecureId Owner { get; }

    public bool IsPersisted => Shape.Lifetime == PropertyLifetime.Persisted;

    /// <summary>Whether the client that it belonged to was disposed: it counts as undefined, and is about to be deleted.</summary>
    public bool HasEnded => _client is not null && _client.HasEnded;

    /// <summary>Differs from that of every other definition of the process; never 0.</summary>
    public long Generation { get; } = Interlocked.Increment(ref _lastGeneration);

    /// <summary>The revision of the last publish; 0 before the first. Under the lock.</summary>
    public long Revision => _revision;

    /// <summary>The bytes; under the lock only.</summary>
    public ReadOnlySpan<byte> Content => _bytes.AsSpan(0, _length);

    public PropertyValue Value => Type == PropertyType.Int ? _value : (PropertyValue)Content.ToArray();

    IClientPart? IClientPart.PreviousPart { get; set; }

    IClientPart? IClientPart.NextPart { get; set; }

    /// <summary>Deletes it; set by the store when it belongs to a client.</summary>
    public Func<Action?>? Delete { get; init; }

    public bool MayRead(ClientIdentity identity) => _readByAll || Shape.Read.Passes(identity);

    public bool MayWrite(ClientIdentity identity) => _writeByAll || Shape.Write.Passes(identity);

    public void LeaveClient() => _client?.Remove(this);

    Action? IClientPart.EndWithClient() => Delete?.Invoke();

    /// <summary>Says whether a value of that kind and length fits: Argument, TooBig or Success.</summary>
    public ErrorCode Accepts(bool bytes, int length) =>
        bytes == (Type == PropertyType.Int) ? ErrorCode.Argument
        : length > (Type == PropertyType.ByteArray ? PropertyLimits.MaxByteArrayBytes : PropertyLimits.MaxLargeByteArrayBytes) ? ErrorCode.TooBig
        : ErrorCode.Success;

    /// <summary>Writes value, revision and the store's revision: a reader that sees the new revision sees the value, and the other way round.</summary>
    public void WriteInt(int value, long revision, ref long storeRevision)
    {
        int sequence = _sequence;
        Volatile.Write(ref _sequence, sequence + 1);
        Volatile.Write(ref _value, value);
        Volatile.Write(ref _revision, revision);
        Volatile.Write(ref storeRevision, revision);
        Volatile.Write(ref _sequence, sequence + 2);
    }

    /// <summary>As <see cref="WriteInt"/>.</summary>
    public void WriteBytes(byte[] room, ReadOnlySpan<byte> value, long revision, ref long storeRevision)
    {
        BeginWrite();
        PutBytes(room, value, revision);
        Volatile.Write(ref storeRevision, revision);
        EndWrite();
    }

    /// <summary>The array for a value of that length; null when the present one is too small. Under the lock.</summary>
    public byte[]? RoomFor(int length) => length <= _bytes.Length ? _bytes : null;

    /// <summary>Readers wait from here until <see cref="EndWrite"/>. All properties of one publish begin before the first ends.</summary>
    public void BeginWrite()
    {
        Volatile.Write(ref _sequence, _sequence + 1);
        Volatile.WriteBarrier();
    }

    public void EndWrite() => Volatile.Write(ref _sequence, _sequence + 1);

    public void PutInt(int value, long revision)
    {
        Volatile.Write(ref _value, value);
        Volatile.Write(ref _revision, revision);
    }

    public void PutBytes(byte[] room, ReadOnlySpan<byte> value, long revision)
    {
        value.CopyTo(room);
        Volatile.Write(ref _bytes, room);
        Volatile.Write(ref _length, value.Length);
        Volatile.Write(ref _revision, revision);
        _snapshot = null;
    }

    public void ReadInt(Lock storeLock, out int value, out long revision)
    {
        if (!TryReadInt(out value, out revision))
        {
            ReadIntAgain(storeLock, out value, out revision);
        }
    }

    /// <summary>Copies what fits; returns the length of the whole value.</summary>
    public int ReadBytes(Lock storeLock, Span<byte> buffer, out long revision)
    {
        for (int i = 0; i < OptimisticReads; i++)
        {
            if (TryReadBytes(buffer, out int length, out revision))
            {
                return length;
            }
        }

        lock (storeLock)
        {
            revision = _revision;
            _bytes.AsSpan(0, Math.Min(_length, buffer.Length)).CopyTo(buffer);
            return _length;
        }
    }

    /// <summary>The value as an element. Under the lock.</summary>
    public PropertyChange Snapshot(int writer) => Type == PropertyType.Int
        ? PropertyChange.OfInt(_value, _revision, writer)
        : PropertyChange.OfBytes(Type, _snapshot ??= Content.ToArray(), _revision, writer);

    /// <summary>Reads once; false while a write runs.</summary>
    public bool TryReadInt(out int value, out long revision)
    {
        int before = Volatile.Read(ref _sequence);
        value = Volatile.Read(ref _value);
        revision = Volatile.Read(ref _revision);
        return (before & 1) == 0 && Volatile.Read(ref _sequence) == before;
    }

    private void ReadIntAgain(Lock storeLock, out int value, out long revision)
    {
        for (int i = 1; i < OptimisticReads; i++)
        {
            if (TryReadInt(out value, out revision))
            {
                return;
            }
        }

        // A writer was interrupted, or many write: wait for the lock instead of spinning.
        lock (storeLock)
        {
            value = _value;
            revision = _revision;
        }
    }

    private bool TryReadBytes(Span<byte> buffer, out int length, out long revision)
    {
        int before = Volatile.Read(ref _sequence);
        byte[] bytes = Volatile.Read(ref _bytes);
        length = Volatile.Read(ref _length);
        revision = Volatile.Read(ref _revision);
        if ((before & 1) != 0 || length > bytes.Length)
        {
            return false;
        }

        bytes.AsSpan(0, Math.Min(length, buffer.Length)).CopyTo(buffer);
        Volatile.ReadBarrier();
        return Volatile.Read(ref _sequence) == before;
    }
}
