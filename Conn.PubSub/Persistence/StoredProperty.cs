using Conn.PubSub.Security;

namespace Conn.PubSub.Persistence;

/// <summary>Invariant: one persisted property, legal as a definition would be.</summary>
internal sealed record StoredProperty(
    PropertyName Name, PropertyType Type, SecureId Owner, SecurityPolicy Read, SecurityPolicy Write, long Stamp, int Value, byte[] Bytes)
{
    public bool IsLegal => (uint)Type <= (uint)PropertyType.LargeByteArray
        && Read.IsWellFormed && Write.IsWellFormed && Stamp >= 0
        && Bytes.Length <= Type switch
        {
            PropertyType.Int => 0,
            PropertyType.ByteArray => PropertyLimits.MaxByteArrayBytes,
            _ => PropertyLimits.MaxLargeByteArrayBytes,
        };

    /// <summary>Under the gate.</summary>
    public static StoredProperty Of(PropertyName name, Definition definition) => new(
        name, definition.Type, definition.Owner, definition.Read, definition.Write, definition.Stamp,
        definition.Snapshot(0).Value, definition.Type == PropertyType.Int ? [] : definition.Content.ToArray());

    public Definition ToDefinition(bool enforce)
    {
        var definition = new Definition(Type, Read, Write, Owner, enforce, [], PropertyLifetime.Persisted, 0);
        long revision = 0;
        if (Type == PropertyType.Int)
        {
            definition.WriteInt(Value, Stamp, ref revision);
        }
        else
        {
            definition.WriteBytes(new byte[Bytes.Length], Bytes, Stamp, ref revision);
        }

        return definition;
    }
}
