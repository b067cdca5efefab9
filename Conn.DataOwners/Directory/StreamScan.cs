namespace Conn.DataOwners.Directory;

/// <summary>Follows a data stream and changes nothing. A scan takes what it needs of it and says when the rest does not matter.</summary>
internal abstract class StreamScan : IStreamTarget
{
    public bool HasOpenFile { get; private set; }

    /// <summary>Gets whether what follows in the stream does not matter.</summary>
    internal bool IsDone { get; private protected set; }

    /// <summary>Gets whether the stream turned out to be a base, so that no earlier one matters.</summary>
    internal bool IsBase { get; private set; }

    public void Restart() => IsBase = true;

    public virtual void Keep(int number, PathBuffer path)
    {
    }

    public virtual void Delete(PathBuffer path)
    {
    }

    public void LeaveAll()
    {
    }

    public virtual void Folder(PathBuffer path, in EntryAttributes attributes)
    {
    }

    public virtual void BeginFile(PathBuffer path, in EntryAttributes attributes, long size) => HasOpenFile = true;

    public virtual void BeginPatch(PathBuffer path, in EntryAttributes attributes, long size) => HasOpenFile = true;

    public virtual void Same(long length)
    {
    }

    public virtual void Data(ReadOnlySpan<byte> bytes)
    {
    }

    public virtual void Hole(long length)
    {
    }

    public virtual void EndFile(Hash128 hash) => HasOpenFile = false;

    public virtual void Discard() => HasOpenFile = false;

    public virtual void Link(PathBuffer path, in EntryAttributes attributes, ReadOnlySpan<byte> target)
    {
    }

    public virtual void HardLink(PathBuffer path, PathBuffer leader)
    {
    }

    public virtual void KeptFile(PathBuffer path, in EntryAttributes attributes, int number)
    {
    }

    public virtual void Attributes(PathBuffer path, in EntryAttributes attributes)
    {
    }

    public virtual void Absent(PathBuffer path)
    {
    }

    public virtual void LeaveOut(PathBuffer path) => IsDone = true;

    public virtual void Finish()
    {
    }
}
