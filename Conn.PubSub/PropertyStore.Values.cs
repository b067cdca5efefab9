using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Conn.PubSub.Subscriptions;

namespace Conn.PubSub;

public sealed partial class PropertyStore
{
    internal PropertyNode? Find(PropertyName name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _nodes.TryGetValue(name, out PropertyNode? node) ? node : null;
    }

    internal ErrorCode Get(PropertyNode node, ClientIdentity identity, out int value, out Stamp stamp)
    {
        ErrorCode code = Readable(node, identity, out Definition? definition);
        if (code.IsNone && definition!.Type == PropertyType.Int)
        {
            definition.ReadInt(Gate, out value, out long revision);
            stamp = new Stamp(revision);
            return ErrorCode.None;
        }

        value = 0;
        stamp = default;
        return code.IsNone ? ErrorCode.Argument : code;
    }

    internal ErrorCode Get(PropertyNode node, ClientIdentity identity, Span<byte> buffer, out int length, out Stamp stamp)
    {
        length = 0;
        stamp = default;
        ErrorCode code = Readable(node, identity, out Definition? definition);
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

    internal ErrorCode Set(PropertyNode node, ClientIdentity identity, int value)
    {
        Announcement announcement;
        long stamp;
        lock (Gate)
        {
            ErrorCode code = Writable(node, identity, out Definition? definition);
            if (!code.IsNone)
            {
                return code;
            }

            if (definition!.Type != PropertyType.Int)
            {
                return ErrorCode.Argument;
            }

            stamp = ++_revision;
            definition.WriteInt(value, stamp);
            node.LastStamp = stamp;
            node.LastWasDelete = false;
            if (node.IsQuiet)
            {
                return ErrorCode.None;
            }

            announcement = default;
            _completions.Take(node.Pending, ErrorCode.None, ref announcement);
            Announce(node, ref announcement);
        }

        CarryOut(announcement);
        if (announcement.Inline is not null)
        {
            node.Inline.Drain(this, node, announcement.Inline, PropertyChange.OfInt(value, stamp), stamp);
        }

        return ErrorCode.None;
    }

    internal ErrorCode Set(PropertyNode node, ClientIdentity identity, ReadOnlySpan<byte> value)
    {
        Announcement announcement;
        PropertyChange change = default;
        lock (Gate)
        {
            ErrorCode code = Writable(node, identity, out Definition? definition);
            if (!code.IsNone)
            {
                return code;
            }

            if (definition!.Type == PropertyType.Int)
            {
                return ErrorCode.Argument;
            }

            if (value.Length > (definition.Type == PropertyType.ByteArray ? PropertyLimits.MaxByteArrayBytes : PropertyLimits.MaxLargeByteArrayBytes))
            {
                return ErrorCode.TooBig;
            }

            definition.WriteBytes(value, _revision + 1);
            node.LastStamp = ++_revision;
            node.LastWasDelete = false;
            if (node.IsQuiet)
            {
                return ErrorCode.None;
            }

            announcement = default;
            _completions.Take(node.Pending, ErrorCode.None, ref announcement);
            Announce(node, ref announcement);
            if (announcement.Inline is not null)
            {
                change = definition.Snapshot();
            }
        }

        CarryOut(announcement);
        if (announcement.Inline is not null)
        {
            node.Inline.Drain(this, node, announcement.Inline, change, change.Stamp.Value);
        }

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
        }

        return token;
    }

    private ErrorCode Readable(PropertyNode node, ClientIdentity identity, out Definition? definition)
    {
        definition = node.Definition;
        if (definition is null)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return ErrorCode.NotFound;
        }

        return definition.MayRead(identity) ? ErrorCode.None : ErrorCode.PermissionDenied;
    }

    private ErrorCode Writable(PropertyNode node, ClientIdentity identity, out Definition? definition)
    {
        definition = node.Definition;
        if (definition is null)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return ErrorCode.NotFound;
        }

        return definition.MayWrite(identity) ? ErrorCode.None : ErrorCode.PermissionDenied;
    }
}
