using MessagePack;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Conn.Ipc;

/// <summary>A call that was read. Its arguments are read when its method is known.</summary>
/// <param name="arguments">Each argument, encoded, by its place.</param>
/// <param name="names">The names of the arguments; null when they have none.</param>
internal sealed class WireRequest(ReadOnlyMemory<byte>[] arguments, string[]? names) : JsonRpcRequest
{
    public override int ArgumentCount => arguments.Length;

    public override IEnumerable<string>? ArgumentNames => names;

    public override bool TryGetArgumentByNameOrIndex(string? name, int position, Type? typeHint, out object? value)
    {
        value = null;
        int index = names is null ? position : Array.IndexOf(names, name);
        if (index < 0 || index >= arguments.Length || typeHint is null)
        {
            return false;
        }

        MessagePackReader reader = new(arguments[index]);
        try
        {
            value = WireType.Of(typeHint).Read(ref reader);
            return true;
        }
        catch (MessagePackSerializationException e)
        {
            throw new RpcArgumentDeserializationException(name, position, typeHint, e);
        }
    }
}

/// <summary>An answer that was read. Its result is read when its type is known.</summary>
internal sealed class WireAnswer(ReadOnlyMemory<byte> result) : JsonRpcResult
{
    /// <exception cref="Exception">MessagePackSerializationException: it is no such result.</exception>
    public override T GetResult<T>()
    {
        if (typeof(T) == typeof(object))
        {
            return default!; // The method has none.
        }

        return Read(typeof(T)) switch
        {
            T value => value,
            null when default(T) is null => default!,
            _ => throw new MessagePackSerializationException("There is no result."),
        };
    }

    /// <exception cref="Exception">MessagePackSerializationException: it is no such result.</exception>
    public object? Read(Type type)
    {
        MessagePackReader reader = new(result);
        return WireType.Of(type).Read(ref reader);
    }
}
