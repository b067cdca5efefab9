namespace Conn.Ipc;

/// <summary>Runs what is posted at once, by the thread that posts: the calls of a connection begin in their order, by the thread that has read them. None of them may block, or run the code of users.</summary>
internal sealed class InlineContext : SynchronizationContext
{
    private InlineContext()
    {
    }

    public static InlineContext Instance { get; } = new();

    public override void Post(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;
}
