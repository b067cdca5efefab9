using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>Says what a property holds, who may use it, and how long it lasts.</summary>
public sealed record PropertyDefinition
{
    /// <summary>Gets what the property holds.</summary>
    public required PropertyType Type { get; init; }

    /// <summary>Gets the policy that each Get, Subscribe and Observe must pass. The definer has no privilege.</summary>
    public required SecurityPolicy Read { get; init; }

    /// <summary>Gets the policy that each Set must pass. The definer has no privilege.</summary>
    public required SecurityPolicy Write { get; init; }

    /// <summary>Gets the bytes to allocate now, so that publishing up to that size does not allocate. 0, the default, to 512, or 65535 for a large array; 0 for
    /// an integer.</summary>
    public int Preallocate { get; init; }

    /// <summary>Gets how long the definition lasts. Default: <see cref="PropertyLifetime.Store"/>.</summary>
    public PropertyLifetime Lifetime { get; init; }

    /// <summary>Makes a definition that every client may read and write.</summary>
    /// <param name="type">What the property holds.</param>
    /// <returns>A definition to use as it is, or to change with <c>with</c>.</returns>
    public static PropertyDefinition Open(PropertyType type) => new() { Type = type, Read = SecurityPolicy.AlwaysPass, Write = SecurityPolicy.AlwaysPass };
}
