using Conn.ActiveBackup.Content;
using Conn.Cli.Owners;
using Conn.DataOwners;

namespace Conn.Cli.Contents;

/// <summary>Restores the chosen entries of one owner into its folder below a target.</summary>
internal sealed class OwnerMerge : IDisposable
{
    private static readonly string[] SqliteBesides = ["-wal", "-journal", "-shm"];
    private readonly StoredOwner _owner;
    private readonly PathChoice _choice;
    private readonly ContentTarget _target;
    private readonly string _folder;
    private readonly Action<ContentEntry, ContentAction, string> _done;

    /// <param name="owner">The owner.</param>
    /// <param name="choice">The entries.</param>
    /// <param name="to">The folder of all owners.</param>
    /// <param name="overwrite">What becomes of what exists.</param>
    /// <param name="numericIds">Whether stored numbers of users and groups are taken.</param>
    /// <param name="done">Learns of each entry what is done with it, and why if it is refused; not of folders that exist.</param>
    /// <exception cref="UsageException">The name of the owner cannot be that of a folder.</exception>
    public OwnerMerge(StoredOwner owner, PathChoice choice, string to, ContentOverwrite overwrite, bool numericIds, Action<ContentEntry, ContentAction, string> done)
    {
        string name = OwnerName.Check(owner.Part.Name);
        (_owner, _choice, _done, _folder) = (owner, choice, done, Path.Combine(to, name));
        _target = new ContentTarget(to, [name], overwrite) { NumericIds = numericIds };
    }

    /// <summary>Gets what a user should know afterwards.</summary>
    public IEnumerable<string> Notes => _target.Notes.Select(n => $"{_owner.Part.Name}: {n}");

    /// <summary>Says what a restore would do. Changes nothing.</summary>
    public async Task PlanAsync(CancellationToken cancellationToken)
    {
        await foreach (ContentEntry entry in _owner.ListAsync(cancellationToken))
        {
            if (Select(entry, out ContentAction action) && !entry.Path.IsEmpty)
            {
                _done(entry, action, "");
            }
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken) =>
        await _target.WriteAsync(_owner.ExtractAsync(e => Select(e, out _), cancellationToken), Done, cancellationToken);

    public void Dispose() => _target.Dispose();

    /// <summary>Whether an entry is to be written. What is not is reported here, and never extracted.</summary>
    private bool Select(ContentEntry entry, out ContentAction action)
    {
        action = ContentAction.Keep;
        bool isChosen = _choice.Holds(entry);
        if (!isChosen && !_choice.LeadsTo(entry))
        {
            return false;
        }

        action = _target.Plan(entry, out string why);
        if (action == ContentAction.Replace && !_owner.IsTree && InUse(entry) is { } besides)
        {
            (action, why) = (ContentAction.Refuse, $"{besides} is beside it, so a program may have the database open; --in-place restores one that is in use");
        }

        bool isWritten = action is ContentAction.Write or ContentAction.Replace;
        if (!isWritten && !entry.Path.IsEmpty)
        {
            Done(entry, action, why);
        }

        return isWritten || entry.Path.IsEmpty;
    }

    private void Done(ContentEntry entry, ContentAction action, string why)
    {
        if (action != ContentAction.Keep || entry.Kind != ContentKind.Folder)
        {
            _done(entry, action, why);
        }
    }

    private string? InUse(ContentEntry entry) => SqliteBesides.Select(s => entry.Text + s).FirstOrDefault(f => File.Exists(Path.Combine(_folder, f)));
}
