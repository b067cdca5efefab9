namespace Conn.PubSub.Observables;

/// <summary>Invariant: a property's newest elements, numbered from 0 without a gap; shared by all of its observers that have a queue. Guarded by the store's
/// gate.</summary>
internal sealed class ChangeRing(int capacity)
{
    private PropertyChange[] _items = new PropertyChange[capacity];

    /// <summary>How many were ever added: the number of the next one.</summary>
    public long Head { get; private set; }

    /// <summary>How many observers use it.</summary>
    public int Users { get; set; }

    public PropertyChange this[long number] => _items[number % _items.Length];

    public void Add(in PropertyChange change) => _items[Head++ % _items.Length] = change;

    /// <summary>As it is now, for who must not hear what is added later.</summary>
    public ChangeRing From(long cursor) => new(0) { _items = cursor < Head ? [.. _items] : [], Head = Head };

    public void Grow(int capacity)
    {
        if (capacity <= _items.Length)
        {
            return;
        }

        var items = new PropertyChange[capacity];
        for (long number = Math.Max(0, Head - _items.Length); number < Head; number++)
        {
            items[number % capacity] = this[number];
        }

        _items = items;
    }
}
