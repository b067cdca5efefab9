using Conn.ActiveBackup;

namespace Conn.DataOwners.Directory;

/// <summary>What is to be told at the end: every sentence up to a limit, and then how many more there were.</summary>
internal sealed class RemarkList
{
    private const int MaxNotes = 2_000;
    private const int MaxErrors = 100_000;
    private List<string> _notes = [];
    private List<string> _errors = [];
    private readonly List<string> _warnings = [];
    private long _moreNotes;
    private long _moreErrors;

    internal string? WhyBase { get; set; }

    /// <summary>The size of the data of each folder that was walked.</summary>
    internal Dictionary<string, long> TotalBytes { get; } = [];

    /// <summary>A note that stands before all others.</summary>
    internal void Warn(string sentence) => _warnings.Add($"WARNING: {sentence}");

    internal void Note(string sentence) => Add(_notes, sentence, MaxNotes, ref _moreNotes);

    internal void Error(string sentence) => Add(_errors, sentence, MaxErrors, ref _moreErrors);

    internal OwnerRemarks Take()
    {
        if (_moreNotes > 0)
        {
            _notes.Add($"{_moreNotes} more notes were not kept.");
        }

        if (_moreErrors > 0)
        {
            _errors.Add($"{_moreErrors} more entries were left out and could not be named here.");
        }

        _notes.InsertRange(0, _warnings);
        _warnings.Clear();
        var remarks = new OwnerRemarks(_notes, _errors, WhyBase) { TotalBytes = TotalBytes.Count == 0 ? -1 : TotalBytes.Values.Sum() };
        TotalBytes.Clear();
        (_notes, _errors, _moreNotes, _moreErrors, WhyBase) = ([], [], 0, 0, null);
        return remarks;
    }

    private static void Add(List<string> list, string sentence, int max, ref long more)
    {
        if (list.Count < max)
        {
            list.Add(sentence);
        }
        else
        {
            more++;
        }
    }
}
