using System.Buffers;
using System.Collections.Concurrent;
using Conn.ActiveBackup.Calls;

namespace Conn.Ipc;

/// <summary>The calls of the engine, at the owner's process.</summary>
internal sealed class OwnerCalls(IOwnerChannel channel) : IOwnerClient
{
    private const int MaxSectionBytes = 16 << 20;

    private readonly ConcurrentDictionary<long, CancellationTokenSource> _running = [];

    /// <summary>Set before the first call.</summary>
    public SectionPipe Sections { get; set; } = null!;

    public async Task<WireResult> InvokeAsync(WireCall call)
    {
        if (call.BufferBytes is < 0 or > MaxSectionBytes || call.SectionBytes is < 0 or > MaxSectionBytes || call.Drive is < 0 or >= 26)
        {
            return WireResult.Of(OwnerCallResult.Failed(ErrorCode.Argument, "The call's lengths or its drive are not legal."));
        }

        using CancellationTokenSource cancel = new();
        _running[call.Id] = cancel;
        byte[]? section = call.SectionBytes == 0 ? null : ArrayPool<byte>.Shared.Rent(call.SectionBytes);
        byte[]? buffer = call.BufferBytes == 0 ? null : ArrayPool<byte>.Shared.Rent(call.BufferBytes);
        try
        {
            // The owner's code runs elsewhere: the thread that reads the connection goes on, for Terminate and signs of life.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            int given = section is null ? 0 : await Sections.ReadAsync(call.Id, section.AsMemory(0, call.SectionBytes), CancellationToken.None);
            OwnerCallResult result = await channel.InvokeAsync(
                call.Read(buffer.AsMemory(0, call.BufferBytes), section.AsMemory(0, given)), cancel.Token);
            if (buffer is not null)
            {
                int taken = result.Failure is null ? Math.Clamp(result.Section.Bytes, 0, call.BufferBytes) : 0;
                await Sections.WriteAsync(call.Id, buffer.AsMemory(0, taken), CancellationToken.None);
            }

            return WireResult.Of(result);
        }
        finally
        {
            _running.TryRemove(call.Id, out _);
            Return(section);
            Return(buffer);
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
        foreach (CancellationTokenSource cancel in _running.Values)
        {
            Cancel(cancel);
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
