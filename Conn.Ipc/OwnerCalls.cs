using System.Buffers;
using System.Collections.Concurrent;
using Conn.ActiveBackup.Calls;
using MessagePack;

namespace Conn.Ipc;

/// <summary>The calls of the engine, at the owner's process.</summary>
internal sealed class OwnerCalls(IOwnerChannel channel) : IOwnerClient, IQuickTarget
{
    private const int MaxSectionBytes = 16 << 20;

    private readonly ConcurrentDictionary<long, CancellationTokenSource> _running = [];

    /// <summary>Set before the first call.</summary>
    public SectionPipe Sections { get; set; } = null!;

    /// <summary>Set before the first call; null when no memory is shared.</summary>
    public SharedBlocks? Blocks { get; set; }

    string IQuickTarget.Method => nameof(IOwnerClient.InvokeAsync);

    ValueTask<QuickMessage> IQuickTarget.Serve(ref MessagePackReader arguments, long id) => new(AnswerAsync(QuickMessage.ReadOnlyArgument<WireCall>(ref arguments), id));

    public async Task<WireResult> InvokeAsync(WireCall call)
    {
        int most = !call.IsShared ? MaxSectionBytes : Blocks is null ? 0 : SharedSections.BlockBytes;
        if (call.BufferBytes < 0 || call.BufferBytes > most || call.SectionBytes < 0 || call.SectionBytes > most || call.Drive is < 0 or >= 26)
        {
            return WireResult.Of(OwnerCallResult.Failed(ErrorCode.Argument, "The call's lengths or its drive are not legal."));
        }

        using CancellationTokenSource cancel = new();
        _running[call.Id] = cancel;
        try
        {
            // The owner's code runs elsewhere: the thread that reads the connection goes on, for Terminate and signs of life.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            return WireResult.Of(call.IsShared ? await InPlaceAsync(call, cancel.Token) : await ByConnectionAsync(call, cancel.Token));
        }
        finally
        {
            _running.TryRemove(call.Id, out _);
        }
    }

    public Task CancelAsync(long call)
    {
        if (_running.TryGetValue(call, out CancellationTokenSource? cancel))
        {
            Cancel(cancel);
        }

        return Task.CompletedTask;
    }

    /// <summary>The connection is lost: no answer can be given any more, so the calls that run or wait are given up.</summary>
    public void Lose()
    {
        Blocks?.Dispose();
        foreach (CancellationTokenSource cancel in _running.Values)
        {
            Cancel(cancel);
        }
    }

    private async Task<QuickMessage> AnswerAsync(WireCall call, long id) => QuickMessage.Result(id, QuickMessage.Encoded(await InvokeAsync(call)));

    private async Task<OwnerCallResult> InPlaceAsync(WireCall call, CancellationToken cancellationToken)
    {
        using MemoryHandle held = Blocks!.Hold();
        return await channel.InvokeAsync(call.Read(Blocks.Filled(call.BufferBytes), Blocks.Given(call.SectionBytes)), cancellationToken);
    }

    private async Task<OwnerCallResult> ByConnectionAsync(WireCall call, CancellationToken cancellationToken)
    {
        byte[]? section = call.SectionBytes == 0 ? null : ArrayPool<byte>.Shared.Rent(call.SectionBytes);
        byte[]? buffer = call.BufferBytes == 0 ? null : ArrayPool<byte>.Shared.Rent(call.BufferBytes);
        try
        {
            int given = section is null ? 0 : await Sections.ReadAsync(call.Id, section.AsMemory(0, call.SectionBytes), CancellationToken.None);
            OwnerCallResult result = await channel.InvokeAsync(
                call.Read(buffer.AsMemory(0, call.BufferBytes), section.AsMemory(0, given)), cancellationToken);
            if (buffer is not null)
            {
                int taken = result.Failure is null ? Math.Clamp(result.Section.Bytes, 0, call.BufferBytes) : 0;
                await Sections.WriteAsync(call.Id, buffer.AsMemory(0, taken), CancellationToken.None);
            }

            return result;
        }
        finally
        {
            Return(section);
            Return(buffer);
        }
    }

    private static void Cancel(CancellationTokenSource cancel)
    {
        try
        {
            // What is registered on the token is the owner's code.
            _ = cancel.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The call has just ended.
        }
    }

    public async Task EndAsync() => await channel.DisposeAsync();

    private static void Return(byte[]? rented)
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
