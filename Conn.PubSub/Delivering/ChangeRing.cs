namespace Conn.PubSub.Delivering;

/// <summary>The newest elements for buffered observers, numbered from 0 without a gap. Guarded by the store's lock.</summary>
internal sealed class ChangeRing(int capacity)
{
    private PropertyChange[] _items = new PropertyChange[capacity];

    /// <summary>The number of the next element.</summary>
    public long Head { get; private set; }

    /// <summary>The number of observers that use it.</summary>
    public int Users { get; set; }

    public PropertyChange this[long number] => _items[number % _items.Length];

    public void Add(in PropertyChange change) => _items[Head++ % _items.Length] = change;

    /// <summary>What is there from a number on, for an observer that must not receive what is added later.</summary>
    public ChangeRing From(long cursor)
    {
        int count = (int)Math.Min(Head - cursor, _items.Length);
        var copy = new ChangeRing(count) { Head = Head };
        for (long number = Head - count; number < Head; number++)
        {
            copy._items[number % count] = this[number];
        }

        return copy;
    }

    /// <summary>Makes room for an observer with a larger queue.</summary>
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
