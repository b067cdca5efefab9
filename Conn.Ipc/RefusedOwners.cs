using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>The owners that were refused last, each once for a process, with one line in the log. Bounded: no program fills it. Any thread.</summary>
internal sealed class RefusedOwners(Action<string> log)
{
    private const int Most = 64;
    private const int MostOfName = 64;

    private readonly Lock _lock = new(); // guards _newest
    private readonly List<IpcRefusedOwner> _newest = [];

    /// <summary>Gets them, the newest last.</summary>
    public IReadOnlyList<IpcRefusedOwner> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _newest];
            }
        }
    }

    /// <summary>Takes an owner, and remembers a refusal that stays; an owner that is taken is forgotten here.</summary>
    /// <param name="peer">The process that has it.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="name">Its name, as the process says it; null if it says none.</param>
    /// <param name="take">Takes it, or throws the refusal.</param>
    public async Task DuringAsync(IpcPeer peer, SecureId owner, string? name, Func<Task> take)
    {
        try
        {
            await take();
        }
        catch (ConnException e) when (IsLasting(e))
        {
            Add(peer, owner, name, e);
            throw;
        }

        Remove(peer, owner);
    }

    public void Add(IpcPeer peer, SecureId owner, string? name, ConnException refusal)
    {
        IpcRefusedOwner refused = new(owner, Printable(name), peer, refusal.Message);
        lock (_lock)
        {
            int known = Find(peer, owner);
            if (known >= 0)
            {
                _newest[known] = refused with { Name = refused.Name ?? _newest[known].Name };
                return;
            }

            _newest.Add(refused);
            if (_newest.Count > Most)
            {
                _newest.RemoveAt(0);
            }
        }

        // Without a name it may be another client of the bus.
        log(refused.Name is null && refusal.Code == ErrorCode.PermissionDenied ? refusal.Message
            : $"Owner {(refused.Name is { } given ? $"{given} ({owner})" : owner)} of {peer} takes part in no backup: {refusal.Message}");
    }

    // It stays until a person changes something: the owner is not registered, or its user may not be it.
    private static bool IsLasting(ConnException refusal) => refusal.Code == ErrorCode.NotFound || refusal.Code == ErrorCode.PermissionDenied;

    private void Remove(IpcPeer peer, SecureId owner)
    {
        lock (_lock)
        {
            if (Find(peer, owner) is var known && known >= 0)
            {
                _newest.RemoveAt(known);
            }
        }
    }

    private int Find(IpcPeer peer, SecureId owner) => _newest.FindIndex(r => r.Peer == peer && r.SecureId == owner);

    /// <summary>A name that another program gave, for a line of the log; null for none.</summary>
    public static string? Printable(string? name) =>
        name is null ? null : string.Concat(name.Where(static c => !char.IsControl(c)).Take(MostOfName)) is { Length: > 0 } text ? text : null;
}
