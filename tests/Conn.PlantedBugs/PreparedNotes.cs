using System.IO.Hashing;

namespace Conn.PlantedBugs;

/// <summary>Restored notes in a file beside the notebook, waiting to be put in place.</summary>
/// <remarks>Invariant: until recovery a file "done" names each restore that is in place, or whose file is about to be renamed.</remarks>
internal sealed class PreparedNotes
{
    private const int IdBytes = 16;
    private const int TokenBytes = 32;

    private readonly string _path;
    private readonly Guid _id;
    private readonly PlantedBug _bug;
    private SortedDictionary<string, string>? _inMemory;

    private PreparedNotes(string path, Guid id, PlantedBug bug) => (_path, _id, _bug) = (path, id, bug);

    /// <summary>Gets by what another process finds the notes, and sees that they are not damaged.</summary>
    public byte[] Token { get; private set; } = [];

    /// <summary>Gets whether it is in place already.</summary>
    public bool IsInPlace => File.Exists(Done) && (KeepsFile || !File.Exists(Staged));

    private bool KeepsFile => _bug == PlantedBug.AppliedAgain;

    private string Done => $"{_path}.{_id:N}.done";

    private string Staged => $"{_path}.{_id:N}.staged";

    public static PreparedNotes Write(string path, SortedDictionary<string, string> notes, PlantedBug bug)
    {
        PreparedNotes prepared = new(path, Guid.NewGuid(), bug);
        if (bug == PlantedBug.PreparedInMemory)
        {
            prepared._inMemory = notes;
            prepared.Token = [.. prepared._id.ToByteArray(), .. new byte[TokenBytes - IdBytes]];
            return prepared;
        }

        Notebook.Write(prepared.Staged, notes);
        prepared.Token = [.. prepared._id.ToByteArray(), .. XxHash128.Hash(File.ReadAllBytes(prepared.Staged))];
        return prepared;
    }

    /// <summary>Finds what a token names. Null if it is in place already.</summary>
    public static PreparedNotes? Find(string path, ReadOnlyMemory<byte> token, PlantedBug bug)
    {
        PreparedNotes prepared = token.Length == TokenBytes ? new(path, new Guid(token.Span[..IdBytes]), bug)
            : throw new ConnException(ErrorCode.Corrupt, $"A token of this owner has {TokenBytes} bytes, and this one has {token.Length}.");
        if (!File.Exists(prepared.Staged))
        {
            return prepared.IsInPlace ? null : throw new ConnException(ErrorCode.NotFound, "What this token names was removed; restore again.");
        }

        if (bug != PlantedBug.ResumeUnchecked && !XxHash128.Hash(File.ReadAllBytes(prepared.Staged)).AsSpan().SequenceEqual(token.Span[IdBytes..]))
        {
            throw new ConnException(ErrorCode.Corrupt, "What this token names is damaged; restore again.");
        }

        return prepared;
    }

    /// <summary>Removes what was prepared and not put in place; a sentence for each file.</summary>
    public static IReadOnlyList<string> RemoveAll(string path)
    {
        string[] files = Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}.*.staged");
        Array.ForEach(files, File.Delete);
        Array.ForEach(Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}.*.done"), File.Delete);
        return [.. files.Select(f => $"{Path.GetFileName(f)} was removed: its restore was never committed.")];
    }

    public void PutInPlace()
    {
        if (_inMemory is { } notes)
        {
            Notebook.Write(_path, notes);
        }
        else if (File.Exists(Staged))
        {
            File.WriteAllText(Done, "");
            if (KeepsFile)
            {
                File.Copy(Staged, _path, overwrite: true);
            }
            else
            {
                File.Move(Staged, _path, overwrite: true);
            }
        }
    }
}
