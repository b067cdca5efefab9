using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>What the makers of one drive's stream share: where entries come from, where records go, what is believed and what is left out.</summary>
internal sealed class BackupContext : IDisposable
{
    private const long RacyNanoseconds = 2_000_000_000;
    private readonly bool _timesAreTrusted;

    internal BackupContext(TreeSource source, Catalogue catalogue, OldSnapshot? old, MovedFiles moved, SnapshotWriter snapshot, RemarkList remarks)
    {
        (Source, Catalogue, Old, Moved, Snapshot, Remarks) = (source, catalogue, old, moved, snapshot, remarks);
        Encoder = new StreamEncoder(Filler);
        Content = new FileContent(source);
        Extended = new ExtendedSource(remarks);
        Groups = new HardLinkGroups(catalogue, old is not null);

        // A clock that was set back, or a file system that was not written back, makes every time doubtful.
        _timesAreTrusted = old is null || (catalogue.ScanStart >= old.ScanStart && source.FileSystems.TimesAreTrue);
    }

    internal TreeSource Source { get; }

    internal Catalogue Catalogue { get; }

    internal OldSnapshot? Old { get; }

    internal MovedFiles Moved { get; }

    internal SnapshotWriter Snapshot { get; }

    internal RemarkList Remarks { get; }

    internal SectionFiller Filler { get; } = new();

    internal StreamEncoder Encoder { get; }

    internal FileContent Content { get; }

    internal ExtendedSource Extended { get; }

    internal HardLinkGroups Groups { get; }

    /// <summary>How many files were read to their end because the file system does not say their size.</summary>
    internal long UnsizedFiles { get; set; }

    /// <summary>Of the call that fills the present section.</summary>
    internal CancellationToken CancellationToken { get; set; }

    internal void Beat() => Source.Beat(CancellationToken);

    /// <summary>Reads the extended attributes of a link. One that is gone by now has none.</summary>
    internal byte[] ReadExtended(TreeEntry entry) => Content.EnterParent(entry.Path, out int folder) == 0
        ? Extended.Read(new AttributeHolder(folder, entry.Path.Leaf, stackalloc byte[AttributeHolder.MaxPathBytes]), entry.Path) : [];

    internal bool IsUntouched(TreeEntry entry, TreeEntry before) => _timesAreTrusted && !entry.Unsure && entry.IsUntouched(before);

    internal bool IsRacy(TreeEntry entry) => entry.Unsure || Math.Max(entry.Modified, entry.Changed) >= Catalogue.ScanStart - RacyNanoseconds;

    /// <summary>Names what is not kept, and takes it out of the tree that the increment makes.</summary>
    internal void LeaveOut(TreeEntry entry, TreeEntry? old, string why)
    {
        Remarks.Error($"'{RawPath.Display(entry.Path.Span)}': {why}; left out.");
        if (!Content.IsGone(entry.Path))
        {
            // What has vanished meanwhile is nothing that a restore could lose.
            Catalogue.LeftOut.Add(entry.Path.Span);
        }

        Groups.Lose(entry);
        if (old is { Kind: not EntryKind.Folder })
        {
            Encoder.Bare(RecordKind.Absent, entry.Path.Span);
        }
    }

    public void Dispose() => Content.Dispose();
}
