using System.Buffers;
using System.Security.Cryptography;
using Conn.PubSub.Security;
using MessagePack;

namespace Conn.PubSub.Persistence;

/// <summary>
/// Invariant: the content of the file. Eight bytes of magic with the version, SHA-256 of the rest, then MessagePack:
/// [revision, [[category, key, type, owner, [kind, id, capabilities] read, write, stamp, value, bytes], ...]].
/// </summary>
internal sealed record StoredProperties(long Revision, IReadOnlyList<StoredProperty> Properties)
{
    private const int HashBytes = 32;
    private const int Fields = 9;

    private static ReadOnlySpan<byte> Magic => "CONNPS1\n"u8;

    public byte[] Encode()
    {
        var body = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(body);
        writer.WriteArrayHeader(2);
        writer.Write(Revision);
        writer.WriteArrayHeader(Properties.Count);
        foreach (StoredProperty property in Properties)
        {
            writer.WriteArrayHeader(Fields);
            writer.Write(property.Name.Category);
            writer.Write(property.Name.Key);
            writer.Write((int)property.Type);
            writer.Write(property.Owner.Value);
            WritePolicy(ref writer, property.Read);
            WritePolicy(ref writer, property.Write);
            writer.Write(property.Stamp);
            writer.Write(property.Value);
            writer.Write(property.Bytes);
        }

        writer.Flush();
        byte[] file = new byte[Magic.Length + HashBytes + body.WrittenCount];
        Magic.CopyTo(file);
        SHA256.HashData(body.WrittenSpan, file.AsSpan(Magic.Length));
        body.WrittenSpan.CopyTo(file.AsSpan(Magic.Length + HashBytes));
        return file;
    }

    /// <summary>Null when it is not such a file, or not as it was written.</summary>
    public static StoredProperties? Decode(byte[] file)
    {
        ReadOnlyMemory<byte> body = file.AsMemory(Math.Min(file.Length, Magic.Length + HashBytes));
        if (!file.AsSpan().StartsWith(Magic) || !SHA256.HashData(body.Span).AsSpan().SequenceEqual(file.AsSpan(Magic.Length, Math.Min(HashBytes, file.Length - Magic.Length))))
        {
            return null;
        }

        try
        {
            var reader = new MessagePackReader(body);
            if (reader.ReadArrayHeader() != 2)
            {
                return null;
            }

            long revision = reader.ReadInt64();
            if (revision is < 0 or > long.MaxValue - (2 * PersistedProperties.RevisionsAhead))
            {
                return null;
            }

            int count = reader.ReadArrayHeader();
            var properties = new List<StoredProperty>();
            for (int i = 0; i < count; i++)
            {
                if (reader.ReadArrayHeader() != Fields)
                {
                    return null;
                }

                var property = new StoredProperty(
                    new PropertyName(reader.ReadUInt32(), reader.ReadUInt32()), (PropertyType)reader.ReadInt32(), new SecureId(reader.ReadUInt32()),
                    ReadPolicy(ref reader), ReadPolicy(ref reader), reader.ReadInt64(), reader.ReadInt32(), reader.ReadBytes()?.ToArray() ?? []);
                if (!property.IsLegal || property.Stamp > revision)
                {
                    return null;
                }

                properties.Add(property);
            }

            return reader.End ? new StoredProperties(revision, properties) : null;
        }
        catch (Exception exception) when (exception is MessagePackSerializationException or EndOfStreamException or OverflowException)
        {
            // The checksum held, so the file was made so: told as damage, like any other.
            return null;
        }
    }

    private static void WritePolicy(ref MessagePackWriter writer, SecurityPolicy policy)
    {
        writer.WriteArrayHeader(3);
        writer.Write((int)policy.Kind);
        writer.Write(policy.Id);
        writer.Write(policy.Required.Bits);
    }

    private static SecurityPolicy ReadPolicy(ref MessagePackReader reader) => reader.ReadArrayHeader() == 3
        ? new SecurityPolicy((PolicyKind)reader.ReadInt32(), reader.ReadUInt32(), new CapabilitySet(reader.ReadUInt32()))
        : throw new MessagePackSerializationException("A policy has three parts.");
}
