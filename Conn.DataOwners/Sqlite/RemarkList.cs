using Conn.ActiveBackup;

namespace Conn.DataOwners.Sqlite;

/// <summary>What the owner has to tell; taken once, then empty.</summary>
internal sealed class RemarkList
{
    private readonly List<string> _notes = [];

    public string? WhyBase { get; set; }

    /// <summary>The size of the database that was copied; -1 while none was.</summary>
    public long TotalBytes { get; set; } = -1;

    public void Note(string sentence) => _notes.Add(sentence);

    public OwnerRemarks Take()
    {
        OwnerRemarks taken = new([.. _notes], [], WhyBase) { TotalBytes = TotalBytes };
        _notes.Clear();
        WhyBase = null;
        TotalBytes = -1;
        return taken;
    }
}
