using Conn.PubSub.Observables;
using Conn.PubSub.Subscriptions;

namespace Conn.PubSub;

public sealed partial class PropertyStore
{
    /// <summary>In place of an expected stamp: any will do.</summary>
    internal const long AnyStamp = -1;

    internal PropertyNode? Find(PropertyName name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _nodes.TryGetValue(name, out PropertyNode? node) ? node : null;
    }

    internal ErrorCode Get(PropertyNode node, Access access, out int value, out Stamp stamp)
    {
        // Read once: absence, permission and form are those of one definition, whatever comes in its place meanwhile.
        Definition? definition = node.Definition;
        if (definition is not null && access.MayRead(definition) && definition.Type == PropertyType.Int)
        {
            definition.ReadInt(Gate, out value, out long revision);
            stamp = new Stamp(revision);
            return ErrorCode.None;
        }

        value = 0;
        stamp = default;
        ErrorCode code = Readable(definition, access);
        return code.IsNone ? ErrorCode.Argument : code;
    }

    internal ErrorCode Get(PropertyNode node, Access access, Span<byte> buffer, out int length, out Stamp stamp)
    {
        length = 0;
        stamp = default;
        Definition? definition = node.Definition;
        ErrorCode code = Readable(definition, access);
        if (!code.IsNone)
        {
            return code;
        }

        if (definition!.Type == PropertyType.Int)
        {
            return ErrorCode.Argument;
        }

        int whole = definition.ReadBytes(Gate, buffer, out long revision);
        stamp = new Stamp(revision);
        length = Math.Min(whole, buffer.Length);
        return whole > buffer.Length ? ErrorCode.Overflow : ErrorCode.None;
    }

    internal ErrorCode Set(PropertyNode node, Access access, int value, long expected, out Stamp stamp)
    {
        // Nothing between here and the exits throws: what could go wrong is decided in the other half.
        Gate.Enter();
        if (node.Definition is not { } definition || definition.Type != PropertyType.Int || !access.MayWrite(definition)
            || (expected != AnyStamp && definition.Stamp != expected) || node.Reach == Reach.More || _recording)
        {
            return SetHolding(node, access, value, expected, out stamp);
        }

        long revision = _revision + 1;
        definition.WriteInt(value, revision, ref _revision);
        node.Published(revision, access.Client);
        stamp = new Stamp(revision);
        if (node.Reach == Reach.Nobody)
        {
            Gate.Exit();
            return ErrorCode.None;
        }

        int thread = Environment.CurrentManagedThreadId;
        Audience? audience = node.Inline.TakeRole(thread, out int noted);
        Gate.Exit();
        if (audience is not null)
        {
            node.Inline.DeliverInt(this, node, audience, value, revision, access.Client, thread);
        }
        else
        {
            node.Inline.AwaitHolder(this, node, noted);
        }

        return ErrorCode.None;
    }

    internal ErrorCode Set(PropertyNode node, Access access, ReadOnlySpan<byte> value, long expected, out Stamp stamp)
    {
        Announcement announcement;
        PropertyChange change;
        Gate.Enter();
        try
        {
            ErrorCode code = Writable(node, access, out Definition? definition);
            if (code.IsNone)
            {
                code = Accepts(definition!, value.Length);
            }

            if (!code.IsNone || (expected != AnyStamp && definition!.Stamp != expected))
            {
                return Refuse(code, definition, out stamp);
            }

            if (RoomFor(definition!, value.Length) is not { } room)
            {
                stamp = default;
                return ErrorCode.NoMemory;
            }

            definition!.WriteBytes(room, value, _revision + 1, ref _revision);
            node.Published(_revision, access.Client);
            stamp = new Stamp(_revision);
            if (node.Reach == Reach.Nobody && !_recording)
            {
                return ErrorCode.None;
            }

            announcement = default;
            change = Element(node, definition, access.Client);
            Spread(node, definition, change, ErrorCode.None, false, ref announcement);
        }
        finally
        {
            Gate.Exit();
        }

        CarryOut(announcement);
        node.Inline.Deliver(this, node, announcement, change, change.Stamp.Value);
        return ErrorCode.None;
    }

    /// <summary>Begins a one-shot subscription. Under the gate.</summary>
    internal short Subscribe(PropertyNode node, OneShot slot, ref Announcement announcement)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        short token = slot.Begin();
        if (node.Definition is { } definition && !definition.MayRead(slot.Identity))
        {
            _completions.Take(slot, ErrorCode.PermissionDenied, ref announcement);
        }
        else
        {
            node.Pending.Append(slot);
            node.Reach = Reach.More;
        }

        return token;
    }

    /// <summary>Where a value goes. Growth is to exactly the new length, and before anything changes; null when there is no memory: the old value stays,
    /// whole.</summary>
    private byte[]? RoomFor(Definition definition, int length) => definition.RoomFor(length) ?? TryAllocate(length);

    private byte[]? TryAllocate(int length)
    {
        try
        {
            return length == 0 ? [] : _allocate(length);
        }
        catch (OutOfMemoryException)
        {
            // An outcome of its own: NoMemory.
            return null;
        }
    }

    private static ErrorCode Accepts(Definition definition, int length) =>
        definition.Type == PropertyType.Int ? ErrorCode.Argument
        : length > definition.MaxBytes ? ErrorCode.TooBig
        : ErrorCode.None;

    /// <summary>A condition that does not hold comes after every other refusal, and tells what is there.</summary>
    private static ErrorCode Refuse(ErrorCode code, Definition? definition, out Stamp stamp)
    {
        stamp = code.IsNone ? new Stamp(definition!.Stamp) : Stamp.Never;
        return code.IsNone ? ErrorCode.Changed : code;
    }

    /// <summary>What was just published, with shared bytes only where somebody gets them.</summary>
    private static PropertyChange Element(PropertyNode node, Definition definition, int writer) =>
        definition.Type == PropertyType.Int || node.Ring is not null || !node.Inline.IsEmpty
            ? definition.Snapshot(writer)
            : PropertyChange.OfBytes(definition.Type, [], definition.Stamp, writer);

    /// <summary>Notes everybody a publish or delete concerns. Under the gate.</summary>
    private void Spread(PropertyNode node, Definition definition, in PropertyChange change, ErrorCode code, bool more, ref Announcement announcement)
    {
        _completions.Take(node.Pending, code, ref announcement);
        node.Ring?.Add(change);
        Announce(node, ref announcement);
        if (_recording)
        {
            Record(node.Name, definition, change, more, ref announcement);
        }

        if (definition.Lifetime == PropertyLifetime.Persisted)
        {
            NoteUnstored(node, ref announcement);
        }

        node.LookAround(definition);
    }

    /// <summary>The other half: a refusal, or somebody else than inline observers to tell. Entered holding the gate, which it leaves.</summary>
    private ErrorCode SetHolding(PropertyNode node, Access access, int value, long expected, out Stamp stamp)
    {
        var announcement = default(Announcement);
        PropertyChange change;
        try
        {
            ErrorCode code = Writable(node, access, out Definition? definition);
            if (code.IsNone && definition!.Type != PropertyType.Int)
            {
                code = ErrorCode.Argument;
            }

            if (!code.IsNone || (expected != AnyStamp && definition!.Stamp != expected))
            {
                return Refuse(code, definition, out stamp);
            }

            long revision = _revision + 1;
            definition!.WriteInt(value, revision, ref _revision);
            node.Published(revision, access.Client);
            stamp = new Stamp(revision);
            change = PropertyChange.OfInt(value, revision, access.Client);
            Spread(node, definition, change, ErrorCode.None, false, ref announcement);
        }
        finally
        {
            Gate.Exit();
        }

        CarryOut(announcement);
        node.Inline.Deliver(this, node, announcement, change, change.Stamp.Value);
        return ErrorCode.None;
    }

    private ErrorCode Readable(Definition? definition, Access access)
    {
        if (definition is null)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return ErrorCode.NotFound;
        }

        return access.MayRead(definition) ? ErrorCode.None : ErrorCode.PermissionDenied;
    }

    private ErrorCode Writable(PropertyNode node, Access access, out Definition? definition)
    {
        definition = node.Definition;
        if (definition is null)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return ErrorCode.NotFound;
        }

        return access.MayWrite(definition) ? ErrorCode.None : ErrorCode.PermissionDenied;
    }
}
