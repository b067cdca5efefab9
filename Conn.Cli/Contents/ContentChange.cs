using Conn.ActiveBackup.Content;

namespace Conn.Cli.Contents;

/// <summary>What two sets hold of one path.</summary>
/// <param name="Owner">The owner.</param>
/// <param name="Before">The entry in the first set; null if it has none.</param>
/// <param name="After">The entry in the second set; null if it has none.</param>
internal readonly record struct ContentChange(string Owner, ContentEntry? Before, ContentEntry? After)
{
    public ContentEntry Entry => After ?? Before!;

    /// <summary>Gets what happened to it; null if nothing did.</summary>
    public ContentChangeKind? Kind => Before is null ? ContentChangeKind.Added
        : After is null ? ContentChangeKind.Removed
        : Before.Kind != After.Kind || Before.Size != After.Size || Before.Hash != After.Hash || !Before.Target.Span.SequenceEqual(After.Target.Span)
            ? ContentChangeKind.Changed
        : Before.Mode != After.Mode || Before.UserId != After.UserId || Before.GroupId != After.GroupId || HasOtherTime(Before, After)
            || !Before.ExtendedAttributes.Span.SequenceEqual(After.ExtendedAttributes.Span)
            ? ContentChangeKind.Attributes
        : null;

    // The time of a folder says only that something in it was added or removed.
    private static bool HasOtherTime(ContentEntry before, ContentEntry after) =>
        after.Kind != ContentKind.Folder && before.ModifiedNanoseconds != after.ModifiedNanoseconds;
}
