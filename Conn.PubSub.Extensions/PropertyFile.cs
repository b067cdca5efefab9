namespace Conn.PubSub.Extensions;

/// <summary>Keeps persisted properties in a file.</summary>
/// <remarks>
/// <para>Give one to <see cref="PropertyStoreOptions.Persistence"/>. Invariant: the file is whole at any moment, the old one or the new one. It is written
/// beside the old
/// one, flushed to the device and renamed over it, and the folder is flushed. Publishing never waits for it: it is written on the store's scheduler, once
/// for all
/// that was published until then. No symbolic link is followed.</para>
/// <para>A file belongs to one store at a time. The store holds a lock of the operating system on the same name with <c>.lock</c>, until it is disposed or
/// its process
/// ends; that file stays, with an id of its holder. If another program removes it, nothing more is written, and disposing the store says so.</para>
/// <para>No revision is given to two publishes: while a store is open, the file has a revision far ahead, and after a crash the next store continues from
/// there.</para>
/// </remarks>
public sealed class PropertyFile : IPropertyPersistence
{
    /// <summary>The number of revisions that the file reserves each time it is written: weeks at ten million publishes a second without a persisted one
    /// among them, and
    /// half a million crashes.</summary>
    internal const long RevisionsAhead = 1L << 44;

    private readonly string _path;

    // Guards the file and its content: one writer at a time.
    private readonly Lock _writing = new();
    private readonly SortedDictionary<PropertyName, PersistedProperty> _content = new(Comparer<PropertyName>.Create(
        static (a, b) => (a.Category, a.Key).CompareTo((b.Category, b.Key))));

    private IPersistedChanges? _changes;
    private PropertyFileLock? _lock;
    private int _scheduled;
    private bool _hasUnwritten;

    /// <summary>Names the file. Nothing is read before a store uses it.</summary>
    /// <param name="path">The file; made when absent, in a folder that exists.</param>
    public PropertyFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
    }

    /// <summary>Writes now what was published before this call.</summary>
    /// <exception cref="IOException">The file could not be written, and is the old one; or it is the new one and could not be made durable. The next change
    /// writes it
    /// again.</exception>
    public void Flush()
    {
        lock (_writing)
        {
            Write();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file could not be read or written, or a symbolic link is in its place.</exception>
    /// <exception cref="ConnException">Corrupt: the file is not one of persisted properties, or is damaged; it is not changed. InUse: another store has
    /// it.</exception>
    public PersistedState Load(IPersistedChanges changes)
    {
        lock (_writing)
        {
            PropertyFileLock held = PropertyFileLock.TryTake(_path + ".lock") ?? throw new ConnException(
                ErrorCode.InUse, $"'{_path}' is in use by another store, of this process or another one. Dispose that store, or use another file.");
            bool loaded = false;
            try
            {
                PersistedState found = Read();
                foreach (PersistedProperty property in found.Properties)
                {
                    _content[property.Name] = property;
                }

                (_lock, _changes, _scheduled) = (held, changes, 0);
                Replace(found.Revision.Value + RevisionsAhead);
                loaded = true;
                return found;
            }
            finally
            {
                if (!loaded)
                {
                    held.Dispose();
                    (_lock, _changes) = (null, null);
                    _content.Clear();
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Changed()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _changes?.Schedule(WriteSoon);
        }
    }

    /// <inheritdoc/>
    public void Close(PersistedState last)
    {
        ArgumentNullException.ThrowIfNull(last);
        lock (_writing)
        {
            try
            {
                Apply(last);
                Replace(last.Revision.Value);
            }
            finally
            {
                _lock?.Dispose();
                (_lock, _changes) = (null, null);
                _content.Clear();
            }
        }
    }

    // Its exception is reported by the store; the next change tries again, with all that was published until then.
    private void WriteSoon()
    {
        Volatile.Write(ref _scheduled, 0);
        Flush();
    }

    private void Write()
    {
        if (_changes?.TryTake(out PersistedState changes) == true && (changes.Properties.Count > 0 || _hasUnwritten))
        {
            Apply(changes);
            Replace(changes.Revision.Value + RevisionsAhead);
        }
    }

    private void Apply(PersistedState changes)
    {
        _hasUnwritten = true;
        foreach (PersistedProperty property in changes.Properties)
        {
            if (property.Definition is null)
            {
                _content.Remove(property.Name);
            }
            else
            {
                _content[property.Name] = property;
            }
        }
    }

    private PersistedState Read()
    {
        SafeFile.RefuseLink(_path);
        if (SafeFile.TryRead(_path) is not { } bytes)
        {
            return new PersistedState(Revision.None, []);
        }

        return StoredProperties.Decode(bytes) ?? throw new ConnException(
            ErrorCode.Corrupt, $"'{_path}' is not a file of persisted properties, or it is damaged. It was not changed: move it away to begin without it.");
    }

    private void Replace(long revision)
    {
        if (_lock is not { IsHeld: true })
        {
            throw new IOException($"'{_path}' was not written: its lock file was removed or replaced, so another store may use it.");
        }

        SafeFile.Replace(_path, StoredProperties.Encode(revision, _content.Values));
        _hasUnwritten = false;
    }
}
