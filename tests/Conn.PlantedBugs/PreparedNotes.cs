
namespace Conn.PlantedBugs;

/// <summary>Restored notes in a file beside the notebook, waiting to be put in place.</summary>
/// <remarks>Invariant: a file "done" names the last restore that is in place, or whose file is about to be renamed.</remarks>
internal sealed class PreparedNotes
{
    private readonly string _path;
    private readonly Guid _id;

    private PreparedNotes(string path, Guid id) => (_path, _id) = (path, id);

    public byte[] Token => _id.ToByteArray();

    private string Staged => $"{_path}.{_id:N}.staged";

    public static PreparedNotes Write(string path, SortedDictionary<string, string> notes)
    {
        PreparedNotes prepared = new(path, Guid.NewGuid());
        Notebook.Write(prepared.Staged, notes);
        return prepared;
    }

    /// <summary>Finds what a token names. Null if it is in place already.</summary>
    public static PreparedNotes? Find(string path, ReadOnlyMemory<byte> token)
    {
        PreparedNotes prepared = token.Length == 16 ? new(path, new Guid(token.Span))
            : throw new ConnException(ErrorCode.Corrupt, $"A token of this owner has 16 bytes, and this one has {token.Length}.");
        bool isDone = File.Exists(path + ".done") && File.ReadAllText(path + ".done") == prepared._id.ToString();
        return File.Exists(prepared.Staged) ? prepared : isDone ? null
            : throw new ConnException(ErrorCode.NotFound, "What this token names was removed; restore again.");
    }

    /// <summary>Removes what was prepared and not put in place; a sentence for each file.</summary>
    public static IReadOnlyList<string> RemoveAll(string path)
    {
        string[] files = Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}.*.staged");
        Array.ForEach(files, File.Delete);
        return [.. files.Select(f => $"{Path.GetFileName(f)} was removed: its restore was never committed.")];
    }

    public void PutInPlace()
    {
        if (File.Exists(Staged))
        {
            File.WriteAllText(_path + ".done", _id.ToString());
            File.Move(Staged, _path, overwrite: true);
        }
    }
}
