using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>One of the eleven combinations that the original's own benchmark measures, once for each of its three programs.</summary>
/// <param name="Type">Of the property.</param>
/// <param name="Bytes">Of the value; 0 for an integer.</param>
/// <param name="ByHandle">By handle, else by category and key.</param>
/// <param name="Words">Its place in the original and how the row is called.</param>
public sealed record KernelRow(PropertyType Type, int Bytes, bool ByHandle, string Words)
{
    /// <summary>In the original's order, numbered: the tables sort by name.</summary>
    public static IEnumerable<KernelRow> All { get; } =
    [
        new(PropertyType.Int, 0, true, "01 int, handle"),
        new(PropertyType.ByteArray, 1, true, "02 1 byte, handle"),
        new(PropertyType.ByteArray, 8, true, "03 8 bytes, handle"),
        new(PropertyType.ByteArray, 512, true, "04 512 bytes, handle"),
        new(PropertyType.Int, 0, false, "05 int, name"),
        new(PropertyType.ByteArray, 1, false, "06 1 byte, name"),
        new(PropertyType.ByteArray, 2, false, "07 1 UTF-16 unit, name"),
        new(PropertyType.ByteArray, 8, false, "08 8 bytes, name"),
        new(PropertyType.ByteArray, 16, false, "09 8 UTF-16 units, name"),
        new(PropertyType.ByteArray, 512, false, "10 512 bytes, name"),
        new(PropertyType.LargeByteArray, 1024, false, "11 512 UTF-16 units (1024 bytes), name"),
    ];

    /// <inheritdoc/>
    public override string ToString() => Words;

    internal ErrorCode Set(Property handle, PropertyClient client, ReadOnlySpan<byte> value) =>
        ByHandle ? (Bytes == 0 ? handle.TrySet(1) : handle.TrySet(value))
        : Bytes == 0 ? client.TrySet(handle.Name, 1) : client.TrySet(handle.Name, value);

    internal ErrorCode Get(Property handle, PropertyClient client, Span<byte> buffer) =>
        ByHandle ? (Bytes == 0 ? handle.TryGet(out int _, out _) : handle.TryGet(buffer, out _, out _))
        : Bytes == 0 ? client.TryGet(handle.Name, out int _, out _) : client.TryGet(handle.Name, buffer, out _, out _);
}
