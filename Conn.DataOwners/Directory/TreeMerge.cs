namespace Conn.DataOwners.Directory;

/// <summary>Walks two sorted trees side by side: each step shows one path, as it is now, as it was, or both.</summary>
internal sealed class TreeMerge
{
    private readonly ITreeReader _newReader;
    private readonly ITreeReader? _oldReader;
    private readonly TreeEntry _new = new();
    private readonly TreeEntry _old = new();
    private bool _hasNew;
    private bool _hasOld;
    private bool _started;

    internal TreeMerge(ITreeReader present, ITreeReader? past) => (_newReader, _oldReader) = (present, past);

    /// <summary>The path as it is now; null when it is gone.</summary>
    internal TreeEntry? New { get; private set; }

    /// <summary>The path as it was; null when it is new.</summary>
    internal TreeEntry? Old { get; private set; }

    internal bool Next()
    {
        if (!_started || New is not null)
        {
            _hasNew = _newReader.TryRead(_new);
        }

        if (!_started || Old is not null)
        {
            _hasOld = _oldReader is not null && _oldReader.TryRead(_old);
        }

        _started = true;
        int order = !_hasNew ? 1 : !_hasOld ? -1 : RawPath.Compare(_new.Path.Span, _old.Path.Span);
        New = _hasNew && order <= 0 ? _new : null;
        Old = _hasOld && order >= 0 ? _old : null;
        return _hasNew || _hasOld;
    }
}
