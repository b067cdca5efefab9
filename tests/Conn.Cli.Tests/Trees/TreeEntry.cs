namespace Conn.Cli.Tests.Trees;

/// <summary>All that is kept of one file, folder or link. Folders have no size of their own; allocated bytes are compared apart, because file systems differ in
/// them.</summary>
/// <param name="Kind">As find says it: f, d, l, p, s, b, c.</param>
/// <param name="Mode">Permission bits, octal.</param>
/// <param name="Owner">User and group.</param>
/// <param name="Size">Bytes; 0 of a folder.</param>
/// <param name="Modified">Seconds and nanoseconds.</param>
/// <param name="Content">Hash of a file's bytes, or where a link points to.</param>
/// <param name="FirstName">The first of several names of one file, or empty.</param>
internal sealed record TreeEntry(char Kind, string Mode, string Owner, long Size, string Modified, string Content, string FirstName)
{
    public long AllocatedBytes { get; init; }

    public bool IsSame(TreeEntry other) => this with { AllocatedBytes = 0 } == other with { AllocatedBytes = 0 };
}
