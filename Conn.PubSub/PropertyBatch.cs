using System.Runtime.InteropServices;

namespace Conn.PubSub;

/// <summary>Represents several values to publish together, under one revision, or not at all; with conditions if wanted.</summary>
/// <remarks>Not safe for several threads. May be published again, by any client. A name that is set twice keeps its place and the later value.</remarks>
public sealed class PropertyBatch
{
    /// <summary>The most values, and the most conditions, of a batch (65536).</summary>
    public const int MaxCount = 65536;

    private readonly Dictionary<PropertyName, int> _places = [];
    private readonly List<KeyValuePair<PropertyName, PropertyValue>> _values = [];
    private readonly List<KeyValuePair<PropertyName, Revision>> _conditions = [];

    /// <summary>Gets the number of values.</summary>
    public int Count => _values.Count;

    /// <summary>Gets the values in the order in which their names were first set. Their bytes belong to the batch.</summary>
    public IReadOnlyList<KeyValuePair<PropertyName, PropertyValue>> Values => _values;

    /// <summary>Gets the conditions in the order in which they were added.</summary>
    public IReadOnlyList<KeyValuePair<PropertyName, Revision>> Conditions => _conditions;

    /// <summary>Adds a value; bytes are copied.</summary>
    /// <param name="name">The property.</param>
    /// <param name="value">As for a single publish.</param>
    /// <returns>The batch itself.</returns>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    public PropertyBatch Set(PropertyName name, PropertyValue value)
    {
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, name, out bool exists);
        PropertyValue copy = value.IsBytes ? value.Bytes.ToArray() : value;
        if (exists)
        {
            _values[place] = new(name, copy);
            return this;
        }

        place = _values.Count;
        if (place == MaxCount)
        {
            _places.Remove(name);
            throw Full();
        }

        _values.Add(new(name, copy));
        return this;
    }

    /// <summary>Adds a condition: the property has this revision. A property may have a condition without a value.</summary>
    /// <param name="name">The property; it must be defined and readable.</param>
    /// <param name="revision">As a read returned it; <see cref="Revision.None"/> for a property that was not published yet.</param>
    /// <returns>The batch itself.</returns>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    public PropertyBatch Expect(PropertyName name, Revision revision)
    {
        if (_conditions.Count == MaxCount)
        {
            throw Full();
        }

        _conditions.Add(new(name, revision));
        return this;
    }

    private static InvalidOperationException Full() => new($"A batch has at most {MaxCount} values and as many conditions; publish this one, and begin another.");
}
