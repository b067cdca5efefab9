using Conn.ActiveBackup.Contract;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Gives a stored stream to a callback, section by section; last is said exactly once, for an empty stream with one empty section.</summary>
internal static class SectionFeed
{
    public static async Task<long> GiveAsync(BackupRepository repository, OwnerPart part, DriveNumber drive, StreamKind kind,
        Func<ReadOnlyMemory<byte>, bool, ValueTask<bool>> give, CancellationToken abort)
    {
        long sections = part.Drive((byte)drive.Index)?.Stream(kind)?.Sections ?? 0;
        long bytes = 0;
        if (sections == 0)
        {
            await give(ReadOnlyMemory<byte>.Empty, true);
            return bytes;
        }

        await using SectionStreamReader reader = repository.OpenStream(part, (byte)drive.Index, kind);
        for (long given = 0; await reader.ReadAsync(abort) is { } section; given++)
        {
            await give(section, given == sections - 1);
            bytes += section.Length;
        }

        return bytes;
    }
}
