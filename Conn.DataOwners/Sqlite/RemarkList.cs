using Conn.ActiveBackup;

namespace Conn.DataOwners.Sqlite;

/// <summary>What the owner has to tell; taken once, then empty.</summary>
internal sealed class RemarkList
{
    private readonly List<string> _notes = [];

    public string? WhyBase { get; set; }

    public void Note(string sentence) => _notes.Add(sentence);

    public OwnerRemarks Take()
    {
        OwnerRemarks taken = new([.. _notes], [], WhyBase);
        _notes.Clear();
        WhyBase = null;
        return taken;
    }
}
