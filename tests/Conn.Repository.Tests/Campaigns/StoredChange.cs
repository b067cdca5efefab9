using System.Buffers.Binary;

namespace Conn.Repository.Tests.Campaigns;

/// <summary>One random change of stored files, as a failing device or somebody who can write to them makes it.</summary>
internal static class StoredChange
{
    /// <summary>Changes files.</summary>
    /// <param name="files">The files of the newest state; they are changed.</param>
    /// <param name="history">Where older files come from.</param>
    /// <param name="other">Another repository, under the same key if there is one.</param>
    /// <param name="random">Decides everything.</param>
    /// <returns>What was done.</returns>
    public static string Make(Dictionary<string, byte[]> files, StoredHistory history, StoredHistory other, Random random)
    {
        string path = Any(files, random);
        switch (random.Next(12))
        {
            case 0:
                return $"{path}: {Bytes(files, path, random, 1)} flipped";
            case 1:
                return $"{path}: {Bytes(files, path, random, 16)} flipped";
            case 2:
                files[path] = files[path][..random.Next(files[path].Length + 1)];
                return $"{path}: cut to {files[path].Length}";
            case 3:
                files[path] = [.. files[path], .. RepositoryKit.Noise(random.Next(), 1 + random.Next(200))];
                return $"{path}: longer";
            case 4:
                files.Remove(path);
                return $"{path}: removed";
            case 5:
                string second = Any(files, random);
                (files[path], files[second]) = (files[second], files[path]);
                return $"{path} and {second}: exchanged";
            case 6:
                string copy = Path.GetDirectoryName(Any(files, random)) is { Length: > 0 } folder ? folder + "/" + Path.GetFileName(path) : Path.GetFileName(path);
                files[copy] = files[path];
                return $"{path}: also as {copy}";
            case 7:
                return RollBack(files, path, history, random);
            case 8:
                return Splice(files, path, files[Any(files, random)], random);
            case 9:
                return Splice(files, path, other.Newest[Any(other.Newest, random)], random);
            case 10:
                string foreign = Any(other.Newest, random);
                files[path] = other.Newest[foreign];
                return $"{path}: that of another repository, {foreign}";
            default:
                return Renumber(files, random);
        }
    }

    private static string Any(Dictionary<string, byte[]> files, Random random) => files.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(files.Count));

    private static string Bytes(Dictionary<string, byte[]> files, string path, Random random, int most)
    {
        byte[] bytes = [.. files[path]];
        int count = bytes.Length == 0 ? 0 : 1 + random.Next(most);
        for (int i = 0; i < count; i++)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 + random.Next(255));
        }

        // Half of the changes of numbers make them large.
        if (bytes.Length > 8 && most > 1 && random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(random.Next(bytes.Length - 8)), random.NextInt64());
        }

        files[path] = bytes;
        return $"{count} bytes";
    }

    private static string RollBack(Dictionary<string, byte[]> files, string path, StoredHistory history, Random random)
    {
        int state = random.Next(history.States.Count);
        Dictionary<string, byte[]> old = history.States[state];
        if (random.Next(2) == 0)
        {
            if (old.TryGetValue(path, out byte[]? bytes))
            {
                files[path] = bytes;
            }
            else
            {
                files.Remove(path);
            }

            return $"{path}: as in state {state}";
        }

        string folder = path.Split('/')[0];
        foreach (string each in files.Keys.Where(each => each.Split('/')[0] == folder).ToList())
        {
            files.Remove(each);
        }

        foreach ((string each, byte[] bytes) in old.Where(pair => pair.Key.Split('/')[0] == folder))
        {
            files[each] = bytes;
        }

        return $"{folder}: as in state {state}";
    }

    private static string Splice(Dictionary<string, byte[]> files, string path, byte[] from, Random random)
    {
        byte[] bytes = [.. files[path]];
        int length = Math.Min(bytes.Length, from.Length) is var most and > 0 ? 1 + random.Next(most) : 0;
        int source = random.Next(from.Length - length + 1);
        int target = random.Next(2) == 0 && source + length <= bytes.Length ? source : random.Next(bytes.Length - length + 1);
        from.AsSpan(source, length).CopyTo(bytes.AsSpan(target));
        files[path] = bytes;
        return $"{path}: {length} bytes of another file at {target}";
    }

    // A set takes the number of another one.
    private static string Renumber(Dictionary<string, byte[]> files, Random random)
    {
        string[] folders = [.. files.Keys.Where(static path => path.StartsWith("sets/", StringComparison.Ordinal)).Select(static path => path.Split('/')[1])
            .Where(static folder => folder.Length > 8).Distinct().Order()];
        if (folders.Length == 0)
        {
            return "nothing";
        }

        string from = folders[random.Next(folders.Length)];
        string to = $"{random.Next(1, 9):D8}{(random.Next(2) == 0 ? from[8..] : folders[random.Next(folders.Length)][8..])}";
        bool keep = random.Next(2) == 0;
        foreach (string path in files.Keys.Where(path => path.StartsWith($"sets/{from}/", StringComparison.Ordinal)).ToList())
        {
            byte[] bytes = files[path];
            if (!keep)
            {
                files.Remove(path);
            }

            files[path.Replace(from, to, StringComparison.Ordinal)] = bytes;
        }

        return $"set {from}: {(keep ? "also" : "now")} {to}";
    }
}
