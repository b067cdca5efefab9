using Conn.PubSub.Observables;

namespace Conn.PubSub.Persistence;

/// <summary>
/// Invariant: the file is whole at any moment, the old one or the new one: written beside it, flushed to the device, renamed over it, the folder flushed.
/// Publishing never waits for it: it is written on the store's scheduler, once for all that was published until then.
/// </summary>
internal sealed class PersistedProperties : ITurnTaker
{
    private readonly PropertyStore _store;
    private readonly string _path;
    private readonly Turn _turn;

    // Guards the file: one writer at a time.
    private readonly Lock _writing = new();
    private bool _closed;
    private volatile bool _changed;

    public PersistedProperties(PropertyStore store, string path)
    {
        _store = store;
        _path = Path.GetFullPath(path);
        _turn = new Turn(this, store.DefaultDispatcher);
    }

    /// <summary>What the file holds; null when there is none.</summary>
    public StoredProperties? Load()
    {
        if (!File.Exists(_path))
        {
            return null;
        }

        return StoredProperties.Decode(File.ReadAllBytes(_path))
            ?? throw new ConnException(ErrorCode.Corrupt, $"'{_path}' is not a file of persisted properties, or is damaged. It was left as it is: move it away to begin without it.");
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
                StoredProperties? content;
                using (_store.Gate.Take())
                {
                    content = _store.Stored();
                }

                // A disposed store has nothing any more; its last content is written by who disposes.
                if (content is not null)
                {
                    Replace(content.Encode());
                }

                written = true;
            }
            finally
            {
                _changed |= !written;
            }
        }
    }

    /// <summary>Writes the last content; nothing is written after it.</summary>
    public void WriteLast(StoredProperties content)
    {
        lock (_writing)
        {
            _closed = true;
            try
            {
                Replace(content.Encode());
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                _store.Report(exception);
            }
        }
    }

    private void Replace(byte[] content)
    {
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
