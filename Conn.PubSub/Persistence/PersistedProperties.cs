using Conn.PubSub.Observables;

namespace Conn.PubSub.Persistence;

/// <summary>
/// Invariant: the file is whole at any moment, the old one or the new one: written beside it, flushed to the device, renamed over it, the folder flushed;
/// and no revision is handed out that the file does not know to be taken. Publishing never waits for it: it is written on the store's scheduler, once for
/// all that was published until then.
/// </summary>
internal sealed class PersistedProperties : ITurnTaker
{
    /// <summary>How many revisions the file takes ahead each time it is written: weeks at ten million publishes a second with nothing persisted among them, and
    /// half a million crashes.</summary>
    public const long RevisionsAhead = 1L << 44;

    private readonly PropertyStore _store;
    private readonly string _path;
    private readonly Turn _turn;
    private readonly FileLock _lock;

    // Guards the file and its content: one writer at a time.
    private readonly Lock _writing = new();
    private readonly SortedDictionary<PropertyName, StoredProperty> _content = new(Comparer<PropertyName>.Create(
        static (a, b) => (a.Category, a.Key).CompareTo((b.Category, b.Key))));

    private bool _closed;
    private volatile bool _changed;

    /// <exception cref="Conn.PubSub.ConnException">InUse: another store has the file.</exception>
    /// <exception cref="IOException">The lock could not be taken.</exception>
    public PersistedProperties(PropertyStore store, string path)
    {
        _store = store;
        _path = Path.GetFullPath(path);
        _turn = new Turn(this, store.DefaultDispatcher);
        _lock = FileLock.TryTake(_path + ".lock")
            ?? throw new ConnException(ErrorCode.InUse, $"'{_path}' is held by another store, of this process or another one; a file has one store at a time. Dispose that one, or give this one a file of its own.");
    }

    /// <summary>What the file holds, with nothing when there is none; from then on the file has taken the revisions to come.</summary>
    public StoredProperties Load()
    {
        lock (_writing)
        {
            var found = new StoredProperties(0, []);
            if (File.Exists(_path))
            {
                found = StoredProperties.Decode(File.ReadAllBytes(_path))
                    ?? throw new ConnException(ErrorCode.Corrupt, $"'{_path}' is not a file of persisted properties, or is damaged. It was left as it is: move it away to begin without it.");
            }

            foreach (StoredProperty property in found.Properties)
            {
                _content[property.Name] = property;
            }

            Replace(found.Revision + RevisionsAhead);
            return found;
        }
    }

    /// <summary>Notes that something was published. Outside the gate.</summary>
    public void Wake()
    {
        _changed = true;
        if (_turn.Wake())
        {
            _turn.Schedule();
        }
    }

    public bool Round()
    {
        try
        {
            Write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Reported; the next change tries again, with all that was published until then.
            _store.Report(exception);
        }

        return false;
    }

    public void Write()
    {
        lock (_writing)
        {
            if (!_changed || _closed)
            {
                return;
            }

            // Cleared first: what is published from here on is another change.
            _changed = false;
            bool written = false;
            try
            {
                StoredChanges? changes;
                using (_store.Gate.Take())
                {
                    changes = _store.TakeStoredChanges();
                }

                // A disposed store has nothing any more; its last changes are written by who disposes.
                if (changes is not null)
                {
                    changes.ApplyTo(_content);
                    Replace(changes.Revision + RevisionsAhead);
                }

                written = true;
            }
            finally
            {
                _changed |= !written;
            }
        }
    }

    /// <summary>Writes the last changes, with the last revision itself, and lets the file go; nothing is written after it.</summary>
    public void WriteLast(StoredChanges changes)
    {
        lock (_writing)
        {
            _closed = true;
            try
            {
                changes.ApplyTo(_content);
                Replace(changes.Revision);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                _store.Report(exception);
            }
            finally
            {
                Release();
            }
        }
    }

    /// <summary>Lets the file go, for another store.</summary>
    public void Release() => _lock.Dispose();

    private void Replace(long revision)
    {
        byte[] content = new StoredProperties(revision, [.. _content.Values]).Encode();
        string next = _path + ".new";
        using (var file = new FileStream(next, NewFile()))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
        FolderEntries.Flush(Path.GetDirectoryName(_path)!);
    }

    private static FileStreamOptions NewFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
