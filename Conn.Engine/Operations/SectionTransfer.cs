using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Owners;
using Conn.Engine.Proxies;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Takes the sections of one owner, by blocks that only this owner ever sees, and writes them to a stream.</summary>
/// <remarks>
/// The repository copies each section into private memory before it is hashed and compressed. So an owner that writes late into a block changes at most its
/// own next section, and what is hashed is what is stored. The blocks are dropped with the transfer.
/// </remarks>
/// <param name="session">The owner that hands over.</param>
/// <param name="owner">The same, for its registration.</param>
/// <param name="sectionBytes">The size of the repository's sections.</param>
/// <param name="maxEmpty">How many empty, unfinished sections in a row are allowed.</param>
/// <param name="stop">Ends the transfer.</param>
internal sealed class SectionTransfer(OwnerSession session, RegisteredOwner owner, int sectionBytes, int maxEmpty, CancellationToken stop)
{
    private const int LeastBlockBytes = 512;
    private const int SmallBlockBytes = 64 << 10;

    private byte[]? _block;

    /// <summary>Takes one stream to its end.</summary>
    /// <param name="kind">Which call gives a section.</param>
    /// <param name="key">The open stream.</param>
    /// <param name="expected">About how many bytes will come; -1 when unknown. Short streams get a small block, which grows while it is filled.</param>
    /// <param name="to">Where they go; not completed here.</param>
    /// <param name="taken">Called with the bytes of each section; may refuse them.</param>
    /// <param name="frames">Set for a manager's data in another owner's stream: each section gets a frame.</param>
    /// <exception cref="DataOwnerException">The owner failed.</exception>
    public async Task TakeAsync(OwnerCallKind kind, DriveKey key, long expected, SectionStreamWriter to, Action<int> taken, ProxyFrameEncoder? frames = null)
    {
        int empty = 0;
        SectionResult section;
        do
        {
            Memory<byte> block = BlockFor(kind, expected);
            section = (await session.CallAsync(OwnerCall.Take(kind, key, block), stop)).Section;
            taken(section.Bytes);
            if (section.Bytes > 0 || (frames is not null && section.Finished))
            {
                empty = 0;
                if (frames is not null)
                {
                    await to.WriteAsync(frames.Next(owner.Registration.Sid, section.Bytes, section.Finished), stop);
                }

                await to.WriteAsync(block[..section.Bytes], stop);
                expected = section.Bytes == block.Length ? 2L * block.Length : expected;
            }
            else if (!section.Finished && ++empty > maxEmpty)
            {
                throw new DataOwnerException(owner.Name, ErrorCode.TimedOut, $"Owner {owner.Name} gave {empty} empty sections in a row and no end: that is not progress.")
                {
                    Call = kind,
                };
            }
        }
        while (!section.Finished);
    }

    /// <summary>Snapshots keep their small block: pieces of the same size compare with those of the parent, which are stored once.</summary>
    private Memory<byte> BlockFor(OwnerCallKind kind, long expected)
    {
        int least = owner.Registration.MinSectionBytes;
        int most = Math.Max(sectionBytes, least);
        int small = Math.Clamp(SmallBlockBytes, least, most);
        int wanted = kind == OwnerCallKind.GetSnapshotData || expected < 0 ? small : (int)Math.Clamp(expected + 1, Math.Clamp(LeastBlockBytes, least, most), most);
        if (_block is null || _block.Length < wanted)
        {
            _block = new byte[wanted];
        }

        return kind == OwnerCallKind.GetSnapshotData ? _block.AsMemory(0, small) : _block;
    }
}
