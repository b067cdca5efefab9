namespace Conn.PubSub.Core;

/// <summary>One client of the store, and what ends with it. Guarded by the store's lock; <see cref="HasEnded"/> is read without it.</summary>
internal sealed class ClientState(int number)
{
    private volatile bool _hasEnded;
    private IClientPart? _first;

    /// <summary>1 or more; 0 stands for no client.</summary>
    public int Number => number;

    /// <summary>Whether the client is disposed: its definitions are undefined, and it gets no new parts.</summary>
    public bool HasEnded => _hasEnded;

    public void End() => _hasEnded = true;

    public void Add(IClientPart part)
    {
        part.PreviousPart = null;
        part.NextPart = _first;
        if (_first is { } first)
        {
            first.PreviousPart = part;
        }

        _first = part;
    }

    public void Remove(IClientPart part)
    {
        if (part.PreviousPart is { } previous)
        {
            previous.NextPart = part.NextPart;
        }
        else if (_first == part)
        {
            _first = part.NextPart;
        }

        if (part.NextPart is { } next)
        {
            next.PreviousPart = part.PreviousPart;
        }

        (part.PreviousPart, part.NextPart) = (null, null);
    }

    /// <summary>Takes the newest part out of the list; null when there is none.</summary>
    public IClientPart? TakeFirst()
    {
        if (_first is { } part)
        {
            Remove(part);
            return part;
        }

        return null;
    }
}
