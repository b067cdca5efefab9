using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Testing.Storage;

/// <summary>
/// Storage in memory that forgets what was not flushed. After <see cref="Crash"/> any subset of the unflushed folder changes is gone,
/// and unflushed bytes are cut at any length or zero: less than file systems promise, so what survives here survives there.
/// </summary>
/// <remarks>Safe for several threads. With one thread and one seed everything happens the same way again.</remarks>
public sealed partial class TearingStorage : IRepositoryStorage
{
    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly TearingFolderNode _root = new();
    private readonly List<TearingChange> _changes = [];
    private readonly HashSet<TearingNode> _locked = [];
    private long _used;
    private bool _failsLate;

    /// <inheritdoc/>
    public string Place => "memory";

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Alive(cancellationToken);
            return ValueTask.FromResult<IReadOnlyList<StorageEntry>?>(Find(folder) is not TearingFolderNode found
                ? null
                : [.. found.Seen.Select(static entry => new StorageEntry(entry.Key, entry.Value is TearingFolderNode, entry.Value is TearingFileNode file ? file.Length : 0))]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Alive(cancellationToken);
            return ValueTask.FromResult<IStoredFile?>(Find(path) is TearingFileNode file ? new TearingReader(this, file) : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Write(cancellationToken);
            var file = new TearingFileNode();
            Link(path, file);
            Answer();
            return ValueTask.FromResult<IStoredFileWriter>(new TearingWriter(this, path, file));
        }
    }

    /// <inheritdoc/>
    public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Write(cancellationToken);
            if (Find(path) is null)
            {
                Link(path, new TearingFolderNode());
            }

            Answer();
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Write(cancellationToken);
            var (source, sourceName) = Parent(from);
            var (target, targetName) = Parent(to);
            if (!source.Seen.TryGetValue(sourceName, out var node) || (target.Seen.TryGetValue(targetName, out var there) && (node is TearingFolderNode || there is TearingFolderNode)))
            {
                throw new RepositoryException(RepositoryFailure.Io, $"Cannot rename {from} to {to}.");
            }

            source.Seen.Remove(sourceName);
            _used -= target.Seen.TryGetValue(targetName, out var replaced) ? Size(replaced) : 0;
            target.Seen[targetName] = node;
            _changes.Add(new TearingChange(node, source, sourceName, target, targetName));
            Answer();
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        lock (_gate)
        {
            Write(cancellationToken);
            if (Find(path) is { } node)
            {
                var (folder, name) = Parent(path);
                folder.Seen.Remove(name);
                _changes.Add(new TearingChange(node, folder, name, null, null));
                _used -= Size(node);
            }

            Answer();
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Write(cancellationToken);
            if (Find(path) is not TearingFolderNode folder)
            {
                throw new RepositoryException(RepositoryFailure.Io, $"Cannot flush {path}: there is no such folder.");
            }

            foreach (var change in _changes.Where(change => change.Touches(folder)))
            {
                change.MakeDurable();
            }

            _changes.RemoveAll(change => change.Touches(folder));
            Answer();
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Alive(cancellationToken);
            var node = Find(path) ?? throw new RepositoryException(RepositoryFailure.Io, $"Cannot lock {path}: there is no such file.");
            return ValueTask.FromResult<IStorageLock?>(_locked.Add(node) ? new TearingLock(this, node) : null);
        }
    }

    internal void Unlock(TearingNode node)
    {
        lock (_gate)
        {
            _locked.Remove(node);
        }
    }

    internal int Read(TearingFileNode file, long offset, Span<byte> buffer)
    {
        lock (_gate)
        {
            Alive(CancellationToken.None);
            var length = (int)Math.Clamp(file.Length - offset, 0, buffer.Length);
            file.Bytes.Slice((int)Math.Min(offset, file.Length), length).CopyTo(buffer);
            return length;
        }
    }

    internal void Append(TearingFileNode file, ReadOnlySpan<byte> bytes, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (PowerLossAtWrite == Writes + 1)
            {
                file.Append(bytes[..(bytes.Length / 2)]);
            }

            Write(cancellationToken);
            var room = (int)Math.Min(bytes.Length, Math.Max(0, CapacityBytes - _used));
            file.Append(bytes[..room]);
            _used += room;
            if (room < bytes.Length)
            {
                FullWrites++;
                throw new RepositoryException(RepositoryFailure.DiskFull, "Cannot write: no room is left.");
            }

            Answer();
        }
    }

    internal void Flush(TearingFileNode file, string path, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Write(cancellationToken);
            file.Flush();
            if (CorruptOnFlush?.Invoke(path) == true)
            {
                var bytes = file.Bytes.ToArray();
                bytes[bytes.Length / 2] ^= 1;
                file.Put(bytes);
            }

            Answer();
        }
    }

    private static long Size(TearingNode node) => node is TearingFileNode file ? file.Length : ((TearingFolderNode)node).Seen.Values.Sum(Size);

    private static void Collect(TearingFolderNode folder, string path, List<(string Path, int Bytes)> files)
    {
        foreach (var (name, node) in folder.Seen)
        {
            if (node is TearingFileNode file)
            {
                files.Add((path + name, file.Length));
            }
            else
            {
                Collect((TearingFolderNode)node, path + name + "/", files);
            }
        }
    }

    private void Alive(CancellationToken cancellationToken, bool changes = false)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (PowerIsLost)
        {
            throw new PowerLossException();
        }

        Calls++;
        _failsLate = false;
        if (FailAtCall > 0 && Calls >= FailAtCall && Calls < FailAtCall + FailingCalls)
        {
            FailedCalls++;
            _failsLate = changes && FailsLate;
            if (!_failsLate)
            {
                throw Failed();
            }
        }
    }

    private RepositoryException Failed() => new(FailsWith, $"Call {Calls} of the storage was made to fail.");

    // At the end of a call that changes something.
    private void Answer()
    {
        if (_failsLate)
        {
            _failsLate = false;
            throw Failed();
        }
    }

    private void Write(CancellationToken cancellationToken)
    {
        Alive(cancellationToken, changes: true);
        if (++Writes == PowerLossAtWrite)
        {
            PowerIsLost = true;
            throw new PowerLossException();
        }
    }

    private void Link(string path, TearingNode node)
    {
        var (folder, name) = Parent(path);
        if (!folder.Seen.TryAdd(name, node))
        {
            throw new RepositoryException(RepositoryFailure.Io, $"Cannot create {path}: it exists.");
        }

        _changes.Add(new TearingChange(node, null, null, folder, name));
    }

    private TearingNode? Find(string path)
    {
        TearingNode? node = _root;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = (node as TearingFolderNode)?.Seen.GetValueOrDefault(name);
        }

        return node;
    }

    private (TearingFolderNode Folder, string Name) Parent(string path)
    {
        var at = path.LastIndexOf('/');
        return Find(at < 0 ? "" : path[..at]) is TearingFolderNode folder
            ? (folder, path[(at + 1)..])
            : throw new RepositoryException(RepositoryFailure.Io, $"The folder of {path} does not exist.");
    }
}
