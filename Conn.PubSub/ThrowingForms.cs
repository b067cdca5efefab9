namespace Conn.PubSub;

/// <summary>The throwing forms of the <c>Try</c> members: for code for which a refusal is a fault. Each throws <see cref="ConnException"/> with the code of the refusal.</summary>
public static class ThrowingForms
{
    /// <summary>Defines a property, see <see cref="PropertyClient.TryDefine"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <param name="definition">Type, policies, lifetime.</param>
    public static void Define(this PropertyClient client, PropertyName name, PropertyDefinition definition) =>
        NotNull(client).TryDefine(name, definition).Require("defining", name);

    /// <summary>Deletes a definition, see <see cref="PropertyClient.TryDelete"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    public static void Delete(this PropertyClient client, PropertyName name) => NotNull(client).TryDelete(name).Require("deleting", name);

    /// <summary>Reads an integer, see <see cref="PropertyClient.TryGet(PropertyName, out int)"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <returns>The value.</returns>
    public static int GetInt(this PropertyClient client, PropertyName name)
    {
        NotNull(client).TryGet(name, out int value).Require("reading", name);
        return value;
    }

    /// <summary>Publishes an integer, see <see cref="PropertyClient.TrySet(PropertyName, int)"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <param name="value">Any integer.</param>
    /// <returns>The revision of this publish.</returns>
    public static Revision Set(this PropertyClient client, PropertyName name, int value)
    {
        NotNull(client).TrySet(name, value, out Revision revision).Require("publishing", name);
        return revision;
    }

    /// <summary>Publishes bytes, see <see cref="PropertyClient.TrySet(PropertyName, ReadOnlySpan{byte})"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <param name="value">The bytes.</param>
    /// <returns>The revision of this publish.</returns>
    public static Revision Set(this PropertyClient client, PropertyName name, ReadOnlySpan<byte> value)
    {
        NotNull(client).TrySet(name, value, out Revision revision).Require("publishing", name);
        return revision;
    }

    /// <summary>Publishes several values, see <see cref="PropertyClient.TryPublish"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="batch">The values and the conditions.</param>
    /// <returns>The revision of all of them.</returns>
    public static Revision Publish(this PropertyClient client, PropertyBatch batch)
    {
        ErrorCode code = NotNull(client).TryPublish(batch, out Revision revision);
        return code.IsSuccess ? revision : throw new ConnException(code, $"The store refused the batch of {batch.Count} values: {code}, of its first condition or value that was refused. Nothing was published.");
    }

    /// <summary>Reads an integer, see <see cref="IProperty.TryGet(out int, out Revision)"/>.</summary>
    /// <param name="property">The handle.</param>
    /// <returns>The value.</returns>
    public static int GetInt(this IProperty property)
    {
        NotNull(property).TryGet(out int value, out _).Require("reading", property.Name);
        return value;
    }

    /// <summary>Publishes an integer, see <see cref="Property.TrySet(int)"/>.</summary>
    /// <param name="property">The handle.</param>
    /// <param name="value">Any integer.</param>
    /// <returns>The revision of this publish.</returns>
    public static Revision Set(this Property property, int value)
    {
        NotNull(property).TrySet(value, out Revision revision).Require("publishing", property.Name);
        return revision;
    }

    /// <summary>Publishes bytes, see <see cref="Property.TrySet(ReadOnlySpan{byte})"/>.</summary>
    /// <param name="property">The handle.</param>
    /// <param name="value">The bytes.</param>
    /// <returns>The revision of this publish.</returns>
    public static Revision Set(this Property property, ReadOnlySpan<byte> value)
    {
        NotNull(property).TrySet(value, out Revision revision).Require("publishing", property.Name);
        return revision;
    }

    /// <summary>Defines a property, see <see cref="IPropertyClient.TryDefineAsync"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <param name="definition">Type, policies, lifetime.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Completes when the property is defined.</returns>
    public static async ValueTask DefineAsync(
        this IPropertyClient client, PropertyName name, PropertyDefinition definition, CancellationToken cancellationToken = default) =>
        (await NotNull(client).TryDefineAsync(name, definition, cancellationToken)).Require("defining", name);

    /// <summary>Publishes a value, see <see cref="IPropertyClient.TrySetAsync"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <param name="value">An integer or bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The revision of this publish.</returns>
    public static async ValueTask<Revision> SetAsync(
        this IPropertyClient client, PropertyName name, PropertyValue value, CancellationToken cancellationToken = default)
    {
        (ErrorCode code, Revision revision) = await NotNull(client).TrySetAsync(name, value, cancellationToken);
        code.Require("publishing", name);
        return revision;
    }

    /// <summary>Deletes a definition, see <see cref="IPropertyClient.TryDeleteAsync"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Completes when the definition is deleted.</returns>
    public static async ValueTask DeleteAsync(this IPropertyClient client, PropertyName name, CancellationToken cancellationToken = default) =>
        (await NotNull(client).TryDeleteAsync(name, cancellationToken)).Require("deleting", name);

    /// <summary>Reads a property of any type, see <see cref="IPropertyClient.TryReadAsync"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Value and revision; the code is Success.</returns>
    public static async ValueTask<PropertyReading> ReadAsync(this IPropertyClient client, PropertyName name, CancellationToken cancellationToken = default)
    {
        PropertyReading reading = await NotNull(client).TryReadAsync(name, cancellationToken);
        reading.Code.Require("reading", name);
        return reading;
    }

    private static T NotNull<T>(T value)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }

    private static void Require(this ErrorCode code, string what, PropertyName name)
    {
        if (!code.IsSuccess)
        {
            throw new ConnException(code, $"The store refused {what} {name}: {code}. {(code == ErrorCode.PermissionDenied ? Denied(what) : Reason(code))}");
        }
    }

    private static string Denied(string what) => what switch
    {
        "deleting" => "Only a client with the secure id that defined the property may delete it.",
        "defining" => "The category is not the client's secure id, or not below the threshold with WriteDeviceData.",
        _ => "The policy of the property refuses this client; use an identity that passes it.",
    };

    private static string Reason(ErrorCode code) =>
        code == ErrorCode.NotFound ? "The property is not defined."
        : code == ErrorCode.AccessDenied ? "The name is reserved for the engine."
        : code == ErrorCode.Argument ? "The property holds another kind of value; or, for a definition, a policy, the type, the lifetime or the preallocation is not legal."
        : code == ErrorCode.TooBig ? "A byte array holds 512 bytes, a large one 65535."
        : code == ErrorCode.AlreadyExists ? "The property is defined already. A program that starts again uses TryDefine and accepts this code."
        : code == ErrorCode.NotSupported ? "The store persists nothing: set PropertyStoreOptions.Persistence."
        : code == ErrorCode.NoMemory ? "There is no memory, or the store has its maximum of names (MaxNames)."
        : "Read the code on the page of errors.";
}
