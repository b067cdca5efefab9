using System.Buffers;
using System.Security.Cryptography;
using Conn.PubSub.Security;
using MessagePack;

namespace Conn.PubSub.Extensions;

/// <summary>
/// The content of the file: eight bytes of magic with the version, SHA-256 of the rest, then MessagePack:
/// [revision, [[category, key, type, owner, [kind, id, capabilities] read, write, revision, value, bytes], ...]].
/// </summary>
internal static class StoredProperties
{
    private const int HashBytes = 32;
    private const int Fields = 9;

    private static ReadOnlySpan<byte> Magic => "CONNPS1\n"u8;

    public static byte[] Encode(long revision, IReadOnlyCollection<PersistedProperty> properties)
    {
        var body = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(body);
        writer.WriteArrayHeader(2);
        writer.Write(revision);
        writer.WriteArrayHeader(properties.Count);
        foreach (PersistedProperty property in properties)
        {
            PropertyDefinition definition = property.Definition!;
            writer.WriteArrayHeader(Fields);
            writer.Write(property.Name.Category);
            writer.Write(property.Name.Key);
            writer.Write((int)definition.Type);
            writer.Write(property.Owner.Value);
            WritePolicy(ref writer, definition.Read);
            WritePolicy(ref writer, definition.Write);
            writer.Write(property.Revision.Value);
            writer.Write(property.Value.Int);
            writer.Write(property.Value.Bytes.Span);
        }

        writer.Flush();
        byte[] file = new byte[Magic.Length + HashBytes + body.WrittenCount];
        Magic.CopyTo(file);
        SHA256.HashData(body.WrittenSpan, file.AsSpan(Magic.Length));
        body.WrittenSpan.CopyTo(file.AsSpan(Magic.Length + HashBytes));
        return file;
    }

    /// <summary>Reads the content; null when it is not such a file, or not as it was written.</summary>
    public static PersistedState? Decode(byte[] file)
    {
        ReadOnlyMemory<byte> body = file.AsMemory(Math.Min(file.Length, Magic.Length + HashBytes));
        if (!file.AsSpan().StartsWith(Magic)
            || !SHA256.HashData(body.Span).AsSpan().SequenceEqual(file.AsSpan(Magic.Length, Math.Min(HashBytes, file.Length - Magic.Length))))
        {
            return null;
        }

        try
        {
            var reader = new MessagePackReader(body);
            return Read(ref reader);
        }
        catch (Exception exception) when (
            exception is MessagePackSerializationException or EndOfStreamException or OverflowException or InvalidOperationException or ArgumentException)
        {
            // The checksum is right, so the file was made so: damage, like any other. The reader throws ArgumentException for some lengths beyond the end.
            return null;
        }
    }

    private static PersistedState? Read(ref MessagePackReader reader)
    {
        if (reader.ReadArrayHeader() != 2)
        {
            return null;
        }

        long revision = reader.ReadInt64();
        if (revision is < 0 or > long.MaxValue - (2 * PropertyFile.RevisionsAhead))
        {
            return null;
        }

        int count = reader.ReadArrayHeader();
        var properties = new List<PersistedProperty>();
        for (int i = 0; i < count; i++)
        {
            if (reader.ReadArrayHeader() != Fields || ReadProperty(ref reader) is not { } property || property.Revision.Value > revision)
            {
                return null;
            }

            properties.Add(property);
        }

        return reader.End ? new PersistedState(new Revision(revision), properties) : null;
    }

    // Null when it is not legal as a definition would be.
    private static PersistedProperty? ReadProperty(ref MessagePackReader reader)
    {
        var name = new PropertyName(reader.ReadUInt32(), reader.ReadUInt32());
        var type = (PropertyType)reader.ReadInt32();
        var owner = new SecureId(reader.ReadUInt32());
        var definition = new PropertyDefinition { Type = type, Read = ReadPolicy(ref reader), Write = ReadPolicy(ref reader), Lifetime = PropertyLifetime.Persisted };
        var revision = new Revision(reader.ReadInt64());
        int number = reader.ReadInt32();
        byte[] bytes = reader.ReadBytes()?.ToArray() ?? [];
        bool isLegal = (uint)type <= (uint)PropertyType.LargeByteArray && definition.Read.IsWellFormed && definition.Write.IsWellFormed && revision.Value >= 0
            && bytes.Length <= type switch
            {
                PropertyType.Int => 0,
                PropertyType.ByteArray => PropertyLimits.MaxByteArrayBytes,
                _ => PropertyLimits.MaxLargeByteArrayBytes,
            };
        return isLegal ? new PersistedProperty(name, definition, owner, type == PropertyType.Int ? number : bytes, revision) : null;
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
