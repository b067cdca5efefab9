namespace Conn.DataOwners.Directory;

/// <summary>Counts the files that a source has lost since the snapshot: many at once are rather an accident than a wish, such as a file system that is not
/// mounted.</summary>
internal sealed class LostFiles(LeftOutList leftOut)
{
    private readonly IEnumerator<byte[]> _leftOut = leftOut.InOrder().GetEnumerator();
    private byte[]? _next;
    private byte[]? _last;
    private long _known;
    private long _lost;
    private bool _isAnyThere;

    /// <summary>Takes the paths of both trees in their order, each once.</summary>
    internal void Count(TreeEntry? now, TreeEntry? before)
    {
        _isAnyThere |= now is { Kind: EntryKind.File or EntryKind.HardLink };
        if (before is { Kind: EntryKind.File or EntryKind.HardLink })
        {
            _known++;
            _lost += now is null && !IsLeftOut(before.Path.Span) ? 1 : 0;
        }
    }

    /// <param name="path">The source, as its user names it.</param>
    /// <param name="moved">How many files were found again at another path.</param>
    /// <param name="remarks">Where it is said.</param>
    internal void Tell(string path, int moved, RemarkList remarks)
    {
        long lost = _lost - moved;
        if (lost > _known / 2)
        {
            remarks.Warn($"of {_known} files in '{path}' {lost} are gone since the last backup. If that was not meant, restore from an earlier set "
                + "and keep those sets; a file system that should be mounted there may not be.");
        }
        else if (!_isAnyThere && _lost == 0)
        {
            // Said again at each backup: a prune may remove the sets that still hold files.
            remarks.Warn($"there is no file in '{path}', and there was none at the last backup. A file system that should be mounted there may not be.");
        }
    }

    /// <summary>What was excluded or could not be read is there: the list, in the same order, says so.</summary>
    private bool IsLeftOut(ReadOnlySpan<byte> path)
    {
        _next ??= _leftOut.MoveNext() ? _leftOut.Current : null;
        while (_next is not null && RawPath.Compare(_next, path) <= 0)
        {
            _last = _next;
            _next = _leftOut.MoveNext() ? _leftOut.Current : null;
        }

        return _last is not null && (path.SequenceEqual(_last) || RawPath.IsBelow(path, _last));
    }
}
