using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Testing.Storage;

/// <summary>The faults: what a test declares, what it looks at, and what it meddles with.</summary>
public sealed partial class TearingStorage
{
    /// <summary>Calls so far that change something: create, append, flush, rename, delete.</summary>
    public int Writes { get; private set; }

    /// <summary>The power goes in the middle of the write with this number, from 1. 0 (the default) = never.</summary>
    public int PowerLossAtWrite { get; set; }

    /// <summary>True when the power went and <see cref="Crash"/> was not called since: a test that declared a loss asks for it.</summary>
    public bool PowerIsLost { get; private set; }

    /// <summary>Calls so far of any kind: list, open, read, lock, and everything that changes something.</summary>
    public int Calls { get; private set; }

    /// <summary>The call with this number fails without a loss of power, from 1. 0 (the default) = never.</summary>
    public int FailAtCall { get; set; }

    /// <summary>How many calls in a row fail, from <see cref="FailAtCall"/> on; afterwards the storage works again. Default: 1.</summary>
    public int FailingCalls { get; set; } = 1;

    /// <summary>What the failing calls throw. Default: Io.</summary>
    public RepositoryFailure FailsWith { get; set; } = RepositoryFailure.Io;

    /// <summary>True when a failing call that changes something changes it all the same: only its answer is lost. Default: false.</summary>
    public bool FailsLate { get; set; }

    /// <summary>The number of calls so far that failed because of <see cref="FailAtCall"/>.</summary>
    public int FailedCalls { get; private set; }

    /// <summary>Bytes of files there is room for. No limit by default.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>True when a write met the limit.</summary>
    public bool WasFull => FullWrites > 0;

    /// <summary>The number of writes so far that met the limit.</summary>
    internal int FullWrites { get; private set; }

    /// <summary>A device that lies: of a file for whose path this is true, one bit changes when it is flushed. Null by default.</summary>
    public Func<string, bool>? CorruptOnFlush { get; set; }

    /// <summary>What dropping the cache answers. Cached by default, as memory cannot drop anything.</summary>
    public ReadBack ReadBack { get; set; } = ReadBack.Cached;

    /// <summary>Every file as it is seen now, with its length, in ordinal order.</summary>
    /// <returns>Paths and lengths.</returns>
    public IReadOnlyList<(string Path, int Bytes)> Files()
    {
        lock (_gate)
        {
            var files = new List<(string, int)>();
            Collect(_root, "", files);
            return files;
        }
    }

    /// <summary>The bytes of a file.</summary>
    /// <param name="path">The file; it exists.</param>
    /// <returns>A copy.</returns>
    public byte[] Read(string path)
    {
        lock (_gate)
        {
            return Find(path) is TearingFileNode file ? file.Bytes.ToArray() : throw new ArgumentException($"No file {path}.", nameof(path));
        }
    }

    /// <summary>Replaces a file, durably; null removes it. What a failing device or a meddling hand does.</summary>
    /// <param name="path">A file; its folder exists.</param>
    /// <param name="bytes">Its new content, or null.</param>
    public void Put(string path, byte[]? bytes)
    {
        lock (_gate)
        {
            var (folder, name) = Parent(path);
            folder.Seen.Remove(name, out var before);
            folder.Durable.Remove(name);
            if (bytes is not null)
            {
                var file = before as TearingFileNode ?? new TearingFileNode();
                file.Put(bytes);
                folder.Seen[name] = file;
                folder.Durable[name] = file;
            }
        }
    }

    /// <summary>The power is back: what is seen now is what survived. Locks are gone.</summary>
    /// <param name="seed">Decides what survives of what was not flushed.</param>
    public void Crash(int seed)
    {
        lock (_gate)
        {
            // Nothing and everything are the likeliest outcomes in life, and the ones a random subset hardly ever hits.
            var random = new Random(seed);
            var share = random.Next(4) switch { 0 => 0, 1 => 100, _ => 50 };
            foreach (var change in _changes)
            {
                if (random.Next(100) < share)
                {
                    change.MakeDurable();
                }
            }

            _changes.Clear();
            _locked.Clear();
            _root.Reboot(random);
            PowerIsLost = false;
            PowerLossAtWrite = 0;
            FailAtCall = 0;
            var files = new List<(string Path, int Bytes)>();
            Collect(_root, "", files);
            _used = files.Sum(static file => (long)file.Bytes);
        }
    }
}
