namespace Conn.PubSub.Core;

/// <summary>Reads single values, without the store's lock.</summary>
internal sealed class Reader(StoreCore core)
{
    /// <summary>Absence, permission and type are those of one definition, whatever replaces it meanwhile.</summary>
    public ErrorCode TryGet(Definition? definition, Access access, out int value, out Revision revision)
    {
        if (definition is { Type: PropertyType.Int, HasEnded: false } && access.MayRead(definition))
        {
            definition.ReadInt(core.Lock, out value, out long read);
            revision = new Revision(read);
            return ErrorCode.Success;
        }

        value = 0;
        revision = Revision.None;
        ErrorCode code = Check(definition, access);
        return code.IsSuccess ? ErrorCode.Argument : code;
    }

    public ErrorCode TryGet(PropertyNode? node, Access access, Span<byte> buffer, out int length, out Revision revision)
    {
        length = 0;
        revision = Revision.None;
        Definition? definition = node?.Definition;
        ErrorCode code = Check(definition, access);
        if (!code.IsSuccess)
        {
            return code;
        }

        if (definition!.Type == PropertyType.Int)
        {
            return ErrorCode.Argument;
        }

        length = definition.ReadBytes(core.Lock, buffer, out long read);
        revision = new Revision(read);
        return length > buffer.Length ? ErrorCode.Overflow : ErrorCode.Success;
    }

    /// <summary>Reads a property of any type; bytes are copied.</summary>
    public PropertyReading TryRead(PropertyNode? node, Access access)
    {
        Definition? definition = node?.Definition;
        ErrorCode code = Check(definition, access);
        if (!code.IsSuccess)
        {
            return new PropertyReading(code, default, Revision.None);
        }

        if (definition!.Type == PropertyType.Int)
        {
            definition.ReadInt(core.Lock, out int value, out long read);
            return new PropertyReading(code, value, new Revision(read));
        }

        byte[] buffer = [];
        while (true)
        {
            int length = definition.ReadBytes(core.Lock, buffer, out long read);
            if (length <= buffer.Length)
            {
                return new PropertyReading(code, new PropertyValue(buffer.AsMemory(0, length)), new Revision(read));
            }

            buffer = new byte[length];
        }
    }

    /// <summary>Checks a read: NotFound, PermissionDenied.</summary>
    public ErrorCode Check(Definition? definition, Access access)
    {
        if (definition is null || definition.HasEnded)
        {
            core.ThrowIfDisposed();
            return ErrorCode.NotFound;
        }

        return access.MayRead(definition) ? ErrorCode.Success : ErrorCode.PermissionDenied;
    }
}
