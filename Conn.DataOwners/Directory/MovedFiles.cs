namespace Conn.DataOwners.Directory;

/// <summary>Files whose inode was at another path in the old snapshot. Keys and hashes only, in sorted arrays: some 32 bytes a file moved.</summary>
internal sealed class MovedFiles
{
    private readonly ulong[] _keys;
    private readonly int[] _numbers;
    private readonly Hash128[] _hashes;

    private MovedFiles(ulong[] keys, int[] numbers, Hash128[] hashes) => (_keys, _numbers, _hashes) = (keys, numbers, hashes);

    internal static MovedFiles None { get; } = new([], [], []);

    internal int Count => _keys.Length;

    /// <summary>Finds which of the candidates the old snapshot knows.</summary>
    internal static MovedFiles Find(List<ulong> candidates, ITreeReader old, CancellationToken cancellationToken)
    {
        if (candidates.Count == 0)
        {
            return None;
        }

        candidates.Sort();
        var found = new List<(ulong Key, Hash128 Hash)>();
        var entry = new TreeEntry();
        for (int count = 0; old.TryRead(entry); count++)
        {
            if (entry.Kind == EntryKind.File && candidates.BinarySearch(KeyOf(entry)) >= 0)
            {
                found.Add((KeyOf(entry), entry.Hash));
            }

            if ((count & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        found.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        int kept = 0;
        var keys = new ulong[found.Count];
        var hashes = new Hash128[found.Count];
        foreach ((ulong key, Hash128 hash) in found)
        {
            if (kept == 0 || keys[kept - 1] != key)
            {
                (keys[kept], hashes[kept]) = (key, hash);
                kept++;
            }
        }

        int[] numbers = new int[kept];
        Array.Fill(numbers, -1);
        return new MovedFiles(keys[..kept], numbers, hashes[..kept]);
    }

    /// <summary>What finds a file again wherever it was moved: inode, size and modification time, mixed.</summary>
    internal static ulong KeyOf(TreeEntry entry)
    {
        ulong mixed = entry.Inode * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 29) ^ (ulong)entry.Size) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 32) ^ (ulong)entry.Modified) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    internal int IndexOf(TreeEntry entry) => _keys.Length == 0 ? -1 : Math.Max(Array.BinarySearch(_keys, KeyOf(entry)), -1);

    /// <summary>Gives a file the number under which the stream keeps it; false when it has one.</summary>
    internal bool TryNumber(int index, int number)
    {
        if (_numbers[index] >= 0)
        {
            return false;
        }

        _numbers[index] = number;
        return true;
    }

    /// <summary>Takes the number of a kept file, once and only for the same content; -1 when there is none.</summary>
    internal int Take(int index, Hash128 hash)
    {
        if (index < 0 || _numbers[index] < 0 || _hashes[index] != hash)
        {
            return -1;
        }

        int number = _numbers[index];
        _numbers[index] = int.MinValue;
        return number;
    }

    internal bool CouldTake(int index) => index >= 0 && _numbers[index] >= 0;
}
