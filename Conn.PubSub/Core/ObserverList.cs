namespace Conn.PubSub.Core;

/// <summary>Gives an element its place in an <see cref="ObserverList{T}"/>.</summary>
internal interface IListed
{
    /// <summary>The index in the list's array. Guarded by the store's lock.</summary>
    int Place { get; set; }
}

/// <summary>
/// A list whose snapshots cost nothing. Invariant: a place in the array is filled once and cleared once, so a snapshot never shows an element that was added later,
/// and shows no longer one that was removed. Guarded by the store's lock; a snapshot is read without it.
/// </summary>
internal sealed class ObserverList<T>
    where T : class, IListed
{
    private const int SmallestGap = 4;

    private T?[] _items = [];
    private int _used;

    /// <summary>The number of elements.</summary>
    public int Count { get; private set; }

    /// <summary>The elements at this moment, in the order in which they were added; null for one that was removed.</summary>
    public Snapshot Current => new(_items, _used);

    public void Add(T item)
    {
        if (_used == _items.Length)
        {
            Repack();
        }

        item.Place = _used;
        Volatile.Write(ref _items[_used++], item);
        Count++;
    }

    public void Remove(T item)
    {
        Volatile.Write(ref _items[item.Place], null);
        Count--;
        if (_used - Count > Math.Max(SmallestGap, Count))
        {
            Repack();
        }
    }

    // Into another array, because snapshots still read this one.
    private void Repack()
    {
        var items = new T?[Math.Max(SmallestGap, Count * 2)];
        int used = 0;
        foreach (T? item in _items.AsSpan(0, _used))
        {
            if (item is not null)
            {
                item.Place = used;
                items[used++] = item;
            }
        }

        (_items, _used) = (items, used);
    }

    /// <summary>The elements of a list at one moment.</summary>
    public readonly struct Snapshot(T?[] items, int count)
    {
        public readonly T?[] Items = items;

        public readonly int Count = count;

        public T? this[int place] => Volatile.Read(ref Items[place]);
    }
}
