namespace Conn.PubSub;

/// <summary>Several values to be published together, under one revision, or not at all; with conditions if wanted.</summary>
/// <remarks>Not safe from several threads. May be published again, by any client. A name set twice keeps its place and the later value.</remarks>
public sealed class PropertyBatch
{
    internal List<Item> Items { get; } = [];

    internal List<(PropertyName Name, Stamp Stamp)> Conditions { get; } = [];

    /// <summary>How many values it holds.</summary>
    public int Count => Items.Count;

    /// <summary>Adds an integer.</summary>
    /// <param name="name">The property.</param>
    /// <param name="value">Any.</param>
    /// <returns>The batch itself.</returns>
    public PropertyBatch Set(PropertyName name, int value) => Put(new Item(name, value, null));

    /// <summary>Adds bytes; they are copied.</summary>
    /// <param name="name">The property.</param>
    /// <param name="value">As for a publish of its own.</param>
    /// <returns>The batch itself.</returns>
    public PropertyBatch Set(PropertyName name, ReadOnlySpan<byte> value) => Put(new Item(name, 0, value.ToArray()));

    /// <summary>Adds a condition: the property's stamp is this one. A property may be asked for without being set.</summary>
    /// <param name="name">The property; it has to be defined, and readable.</param>
    /// <param name="stamp">As a read returned it; <see cref="Stamp.Never"/> for one not yet published.</param>
    /// <returns>The batch itself.</returns>
    public PropertyBatch Expect(PropertyName name, Stamp stamp)
    {
        Conditions.Add((name, stamp));
        return this;
    }

    private PropertyBatch Put(Item item)
    {
        int at = Items.FindIndex(i => i.Name == item.Name);
        if (at >= 0)
        {
            Items[at] = item;
        }
        else
        {
            Items.Add(item);
        }

        return this;
    }

    /// <summary>Invariant: an integer when there are no bytes.</summary>
    internal sealed record Item(PropertyName Name, int Value, byte[]? Bytes);
}
