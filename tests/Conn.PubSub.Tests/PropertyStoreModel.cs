using Conn.PubSub.Security;

namespace Conn.PubSub.Tests;

/// <summary>The rules of a store, written as plainly as possible: no threads, no queues but a list. Names, clients and handles are small numbers.</summary>
internal sealed class PropertyStoreModel(uint ownerSid, Func<SecurityPolicy, int, bool> passes)
{
    private readonly Dictionary<int, Definition> _definitions = [];
    private readonly Dictionary<int, Waiting> _waiting = [];

    public long Revision { get; private set; }

    /// <summary>What a handle's subscription is doing: absent, outstanding (code null), or due to complete with a code.</summary>
    public IReadOnlyDictionary<int, Waiting> Outstanding => _waiting;

    public ErrorCode Define(int client, int name, PropertyType type, SecurityPolicy read, SecurityPolicy write)
    {
        if (client != 0)
        {
            return ErrorCode.PermissionDenied;
        }

        if (!_definitions.TryAdd(name, new Definition(type, read, write)))
        {
            return ErrorCode.AlreadyExists;
        }

        foreach (Waiting waiting in _waiting.Values.Where(w => w.Name == name && w.Code is null && !passes(read, w.Client)))
        {
            waiting.Code = ErrorCode.PermissionDenied;
        }

        return ErrorCode.Success;
    }

    public ErrorCode Delete(int client, int name)
    {
        if (!_definitions.ContainsKey(name))
        {
            return ErrorCode.NotFound;
        }

        if (client != 0)
        {
            return ErrorCode.PermissionDenied;
        }

        _definitions.Remove(name);
        Revision++;
        Complete(name, ErrorCode.NotFound);
        return ErrorCode.Success;
    }

    public ErrorCode Set(int client, int name, bool isInt, byte[] value, long? expected = null)
    {
        if (!_definitions.TryGetValue(name, out Definition? definition))
        {
            return ErrorCode.NotFound;
        }

        if (!passes(definition.Write, client))
        {
            return ErrorCode.PermissionDenied;
        }

        if (isInt != (definition.Type == PropertyType.Int))
        {
            return ErrorCode.Argument;
        }

        if (!isInt && value.Length > (definition.Type == PropertyType.ByteArray ? 512 : 65535))
        {
            return ErrorCode.TooBig;
        }

        if (expected is not null && expected != definition.Revision)
        {
            return ErrorCode.Changed;
        }

        definition.Value = value;
        definition.Revision = ++Revision;
        Complete(name, ErrorCode.Success);
        return ErrorCode.Success;
    }

    public ErrorCode Get(int client, int name, bool isInt, int room, out byte[] value, out int length, out long revision)
    {
        value = [];
        length = 0;
        revision = 0;
        if (!_definitions.TryGetValue(name, out Definition? definition))
        {
            return ErrorCode.NotFound;
        }

        if (!passes(definition.Read, client))
        {
            return ErrorCode.PermissionDenied;
        }

        if (isInt != (definition.Type == PropertyType.Int))
        {
            return ErrorCode.Argument;
        }

        revision = definition.Revision;
        length = definition.Value.Length;
        value = isInt ? definition.Value : [.. definition.Value.Take(room)];
        return value.Length < length ? ErrorCode.Overflow : ErrorCode.Success;
    }

    /// <summary>All or nothing, in the order given.</summary>
    public ErrorCode Publish(int client, params (int Name, byte[] Value)[] values)
    {
        foreach ((int name, _) in values)
        {
            ErrorCode code = !_definitions.TryGetValue(name, out Definition? definition) ? ErrorCode.NotFound
                : !passes(definition.Write, client) ? ErrorCode.PermissionDenied
                : definition.Type != PropertyType.Int ? ErrorCode.Argument
                : ErrorCode.Success;
            if (!code.IsSuccess)
            {
                return code;
            }
        }

        Revision++;
        foreach ((int name, byte[] value) in values)
        {
            _definitions[name].Value = value;
            _definitions[name].Revision = Revision;
            Complete(name, ErrorCode.Success);
        }

        return ErrorCode.Success;
    }

    public void Subscribe(int handle, int client, int name) => _waiting.Add(handle, new Waiting(client, name)
    {
        Code = _definitions.TryGetValue(name, out Definition? definition) && !passes(definition.Read, client) ? ErrorCode.PermissionDenied : null,
    });

    public bool Forget(int handle) => _waiting.Remove(handle);

    public override string ToString() => $"owner 0x{ownerSid:X8}, revision {Revision}, {_definitions.Count} defined, {_waiting.Count} outstanding";

    private void Complete(int name, ErrorCode code)
    {
        foreach (Waiting waiting in _waiting.Values.Where(w => w.Name == name && w.Code is null))
        {
            waiting.Code = code;
        }
    }

    internal sealed class Waiting(int client, int name)
    {
        public int Client => client;

        public int Name => name;

        public ErrorCode? Code { get; set; }
    }

    private sealed class Definition(PropertyType type, SecurityPolicy read, SecurityPolicy write)
    {
        public PropertyType Type => type;

        public SecurityPolicy Read => read;

        public SecurityPolicy Write => write;

        public byte[] Value { get; set; } = type == PropertyType.Int ? new byte[4] : [];

        public long Revision { get; set; }
    }
}
