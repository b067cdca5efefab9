using Conn.ActiveBackup.Contract;
using Conn.Engine.Proxies;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Fills a stream with an owner's sections until it says finished, in place: while one is compressed and written the owner fills the next.</summary>
/// <param name="stream">The stream; not completed here.</param>
/// <param name="maxEmpty">How many empty, unfinished sections in a row are taken for progress.</param>
/// <param name="taken">Told of every section's bytes.</param>
/// <param name="abort">Ends the operation.</param>
internal sealed class SectionTake(SectionStreamWriter stream, int maxEmpty, Action<int> taken, CancellationToken abort)
{
    /// <summary>Sections as they are.</summary>
    /// <exception cref="DataOwnerException">The owner failed.</exception>
    public Task TakeAsync(RegisteredOwner owner, string callback, Func<IActiveBackupDataClient, Memory<byte>, CancellationToken, ValueTask<SectionResult>> call) =>
        TakeAsync(owner, callback, call, null);

    /// <summary>A manager's sections, each in a frame.</summary>
    /// <exception cref="DataOwnerException">The manager failed.</exception>
    public Task TakeFramedAsync(RegisteredOwner manager, ProxyFrameEncoder frames) => TakeAsync(
        manager, nameof(IActiveBackupDataClient.GetBackupDataSectionAsync), (c, b, t) => c.GetBackupDataSectionAsync(b, t), frames);

    private async Task TakeAsync(RegisteredOwner owner, string callback,
        Func<IActiveBackupDataClient, Memory<byte>, CancellationToken, ValueTask<SectionResult>> call, ProxyFrameEncoder? frames)
    {
        int empty = 0;
        SectionResult result;
        do
        {
            SectionBuffer buffer = await stream.RentAsync(abort);
            int prefix = frames?.PrefixBytes ?? 0;
            // Sections too small for a frame, or for the owner, are filled aside and cut: the one copy on this path, and only there.
            int least = Math.Max(1, owner.Registration.MinSectionBytes);
            byte[]? aside = prefix + least <= buffer.Memory.Length ? null : new byte[prefix + Math.Max(least, buffer.Memory.Length)];
            try
            {
                Memory<byte> room = (aside is null ? buffer.Memory : aside.AsMemory())[prefix..];
                result = await owner.LiveSession.CallAsync(callback, (c, t) => call(c, room, t), abort);
            }
            catch (Exception e) when (e is OperationCanceledException or DataOwnerException { IsGivenUp: true })
            {
                // A callback nobody waits for any more may still write into its buffer: it must not go back to the pool.
                buffer.Forfeit();
                throw;
            }
            catch
            {
                buffer.Dispose();
                throw;
            }

            if (result.Bytes > 0 || (frames is not null && result.Finished))
            {
                empty = 0;
                frames?.Seal(aside is null ? buffer.Memory.Span : aside, owner.Registration.Sid, result.Bytes, result.Finished);
                await SubmitAsync(buffer, aside, prefix + result.Bytes);
            }
            else
            {
                buffer.Dispose();
                if (!result.Finished && ++empty > maxEmpty)
                {
                    throw new DataOwnerException(owner.Name, callback, ErrorCode.TimedOut,
                        $"{callback} of owner {owner.Name} gave {empty} empty sections in a row and no end: that is not progress.");
                }
            }

            taken(result.Bytes);
        }
        while (!result.Finished);
    }

    private async Task SubmitAsync(SectionBuffer buffer, byte[]? aside, int bytes)
    {
        if (aside is null)
        {
            await stream.SubmitAsync(buffer, bytes, abort);
            return;
        }

        for (int at = 0; at < bytes;)
        {
            SectionBuffer next = at == 0 ? buffer : await stream.RentAsync(abort);
            int length = Math.Min(next.Memory.Length, bytes - at);
            aside.AsMemory(at, length).CopyTo(next.Memory);
            await stream.SubmitAsync(next, length, abort);
            at += length;
        }
    }
}
