using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Conn.Cli.Verbs;

namespace Conn.Cli.Output;

/// <summary>Shows what is observed, a line or an object for each, until the stream ends or the user interrupts.</summary>
internal static class Changes
{
    private const int Waiting = 1024;

    /// <param name="context">Where it is shown, and what interrupts it.</param>
    /// <param name="source">What is shown.</param>
    /// <param name="json">Makes the document of --json.</param>
    /// <param name="form">The form of the document.</param>
    /// <param name="text">Makes the line.</param>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    /// <exception cref="ConnException">ServerTerminated: the stream has ended.</exception>
    public static async Task ShowAsync<T, TDocument>(
        VerbContext context, IObservable<T> source,
        Func<T, DateTimeOffset, TDocument> json, JsonTypeInfo<TDocument> form, Func<T, DateTimeOffset, string> text)
    {
        Channel<T> changes = Channel.CreateBounded<T>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest });
        using IDisposable subscription = source.Subscribe(c => changes.Writer.TryWrite(c), e => changes.Writer.TryComplete(e), () => changes.Writer.TryComplete());
        await foreach (T change in changes.Reader.ReadAllAsync(context.Interrupted))
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            if (!context.Terminal.Line(json(change, now), form, text(change, now)))
            {
                // The end of the run says so.
                return;
            }
        }

        throw Ended();
    }

    /// <summary>The daemon has ended, before or while something of it was shown.</summary>
    public static ConnException Ended() => new(ErrorCode.ServerTerminated, "The daemon has ended. Start it again, and then this.");
}
