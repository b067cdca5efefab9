namespace Conn.DataOwners.Tests.Directory;

/// <summary>Changes a tree at random, a seed for each course: files, folders and links come, go, move and change places.</summary>
internal sealed class RandomChanges(Playground ground, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<string> _files = [];
    private readonly List<string> _folders = [""];
    private int _next;

    internal void Change(int count)
    {
        for (int i = 0; i < count; i++)
        {
            One();
        }
    }

    private void One()
    {
        switch (_random.Next(_files.Count < 4 ? 3 : 12))
        {
            case 0:
                string folder = New();
                ground.Folder(folder);
                _folders.Add(folder);
                break;
            case 1 or 2:
                string file = New();
                ground.Write(file, Playground.Random(_random.Next(4) == 0 ? _random.Next(300_000) : _random.Next(60)));
                _files.Add(file);
                break;
            case 3:
                ground.Sparse(Any(), 1 << 20, (_random.Next(200) * 4096, Playground.Random(5000)));
                break;
            case 4:
                ground.Append(Any(), Playground.Random(_random.Next(1, 50)));
                break;
            case 5 or 6:
                int moved = _random.Next(_files.Count);
                string to = New();
                ground.Move(_files[moved], to);
                _files[moved] = to;
                break;
            case 7:
                ground.Swap(Any(), Any());
                break;
            case 8:
                string name = New();
                ground.HardLink(name, Any());
                _files.Add(name);
                break;
            case 9:
                int gone = _random.Next(_files.Count);
                ground.Remove(_files[gone]);
                _files.RemoveAt(gone);
                break;
            case 10:
                ground.Mode(Any(), _random.Next(2) == 0 ? 0x180 : 0x1A4);
                break;
            default:
                ground.Link(New(), $"target {_next}");
                break;
        }
    }

    private string Any() => _files[_random.Next(_files.Count)];

    // Names that sort before and after those before them, so that first names of files change.
    private string New()
    {
        string folder = _folders[_random.Next(_folders.Count)];
        return $"{folder}{(folder.Length > 0 ? "/" : "")}{(char)('a' + _random.Next(26))}{_next++}";
    }
}
