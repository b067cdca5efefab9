using Conn.ActiveBackup;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Reads a stored stream section by section. Invariant: last is true exactly once, for an empty stream with one empty section.</summary>
internal static class StoredStream
{
    public static async Task ReadAsync(BackupRepository repository, OwnerPart part, DriveNumber drive, StreamKind kind,
        Func<ReadOnlyMemory<byte>, bool, Task> give, CancellationToken stop)
    {
        long sections = part.Drive((byte)drive.Index)?.Stream(kind)?.Sections ?? 0;
        if (sections == 0)
        {
            await give(ReadOnlyMemory<byte>.Empty, true);
            return;
        }

        await using SectionStreamReader reader = repository.OpenStream(part, (byte)drive.Index, kind);
        for (long given = 1; await reader.ReadAsync(stop) is { } section; given++)
        {
            await give(section, given == sections);
        }
    }
}
