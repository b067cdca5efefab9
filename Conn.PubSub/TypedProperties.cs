namespace Conn.PubSub;

/// <summary>Attaches typed handles.</summary>
public static class TypedProperties
{
    /// <summary>Makes a typed handle on a name, defined or not.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <param name="codec">Converts the values, for example <see cref="PropertyCodec.Boolean"/>.</param>
    /// <returns>A handle; the caller disposes it.</returns>
    /// <exception cref="ConnException">NoMemory: the store has its maximum of names.</exception>
    public static Property<T> Attach<T>(this PropertyClient client, PropertyName name, PropertyCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new Property<T>(client, client.Attach(name), codec);
    }

    /// <summary>As <see cref="Attach{T}(PropertyClient, PropertyName, PropertyCodec{T})"/>, for the client of any store.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="client">The client.</param>
    /// <param name="name">The name.</param>
    /// <param name="codec">Converts the values.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A handle; the caller disposes it.</returns>
    public static async ValueTask<Property<T>> AttachAsync<T>(
        this IPropertyClient client, PropertyName name, PropertyCodec<T> codec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new Property<T>(client, await client.AttachAsync(name, cancellationToken), codec);
    }
}
