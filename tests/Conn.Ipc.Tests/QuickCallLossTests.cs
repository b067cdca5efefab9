using System.Runtime.CompilerServices;
using MessagePack;
using Xunit;

namespace Conn.Ipc.Tests;

public sealed class QuickCallLossTests
{
    [Fact]
    public async Task A_call_that_is_lost_while_it_is_written_leaves_no_exception_that_nothing_has_observed()
    {
        List<Exception> strays = [];
        void Add(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            lock (strays)
            {
                strays.AddRange(e.Exception.InnerExceptions.Where(static i => i is ConnException && i.Message == WireRpc.Lost().Message));
            }
        }

        TaskScheduler.UnobservedTaskException += Add;
        await LoseAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= Add;
        Assert.Empty(strays);
    }

    // In a method of its own: nothing of the connection is kept alive after it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task LoseAsync()
    {
        StuckStream stream = new();
        using WireRpc rpc = new(stream);
        rpc.StartListening();
        Task<byte[]> call = rpc.Quick.CallAsync("SetAsync", static (ref MessagePackWriter writer) => writer.WriteArrayHeader(0));
        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        rpc.Disconnected += (_, _) => lost.TrySetResult();
        stream.Reading.SetResult(0);
        await lost.Task;
        stream.Writing.SetException(new IOException("The peer does not read."));
        await Assert.ThrowsAsync<ConnException>(() => call);
    }

    /// <summary>A stream whose reads and writes end when they are told to.</summary>
    private sealed class StuckStream : MemoryStream
    {
        public TaskCompletionSource<int> Reading { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Writing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Reading.Task);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(Writing.Task);
    }
}
