namespace Conn.DataOwners.Directory;

/// <summary>Takes the records of a data stream, in their order. The stream's form was checked before each call; whether a record fits the tree was
/// not.</summary>
internal interface IStreamTarget
{
    /// <summary>Gets whether a file has begun and not ended.</summary>
    bool HasOpenFile { get; }

    /// <summary>Takes that the stream is a base, although an increment was expected: it replaces everything before it.</summary>
    void Restart();

    void Keep(int number, PathBuffer path);

    void Delete(PathBuffer path);

    /// <summary>Takes that the next part begins.</summary>
    void LeaveAll();

    void Folder(PathBuffer path, in EntryAttributes attributes);

    void BeginFile(PathBuffer path, in EntryAttributes attributes, long size);

    /// <summary>Takes a file that replaces the one at its path, of whose content it has parts.</summary>
    void BeginPatch(PathBuffer path, in EntryAttributes attributes, long size);

    /// <summary>Takes that the next bytes are those that the replaced file has at the same place.</summary>
    void Same(long length);

    void Data(ReadOnlySpan<byte> bytes);

    void Hole(long length);

    void EndFile(Hash128 hash);

    void Discard();

    /// <param name="path">Its path.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="target">Where it leads, with a NUL behind.</param>
    void Link(PathBuffer path, in EntryAttributes attributes, ReadOnlySpan<byte> target);

    void HardLink(PathBuffer path, PathBuffer leader);

    void KeptFile(PathBuffer path, in EntryAttributes attributes, int number);

    void Attributes(PathBuffer path, in EntryAttributes attributes);

    void Absent(PathBuffer path);

    void LeaveOut(PathBuffer path);

    /// <summary>Takes that the stream is complete.</summary>
    void Finish();
}
