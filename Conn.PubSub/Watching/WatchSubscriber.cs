using Conn.PubSub.Core;
using Conn.PubSub.Delivering;

namespace Conn.PubSub.Watching;

/// <summary>What the two kinds of watches have in common: a cursor that the store wakes.</summary>
internal abstract class WatchSubscriber : Subscriber, IWatcher
{
    private readonly Access _access;
    private readonly Dispatcher _dispatcher;
    private volatile bool _hasLeft;

    protected WatchSubscriber(StoreCore core, Access access, EventCursor cursor, Dispatcher dispatcher)
        : base(core, access.Client)
    {
        _access = access;
        _dispatcher = dispatcher;
        Cursor = cursor;
        Turn = new Turn(this, dispatcher);
    }

    public EventCursor Cursor { get; }

    public Turn Turn { get; }

    public bool HasEnd => Cursor.HasEnd;

    protected bool HasLeft => _hasLeft;

    protected override bool IsInOwnCall => Turn.IsOnThisThread;

    public void Start()
    {
        lock (Core.Lock)
        {
            Core.ThrowIfDisposed();
            ObjectDisposedException.ThrowIf(_access.Client.HasEnded, typeof(PropertyClient));
            JoinClient();
            Core.Watches.Join(this, _dispatcher);
        }

        if (Turn.Wake())
        {
            Turn.Schedule();
        }
    }

    public abstract bool Round();

    /// <inheritdoc/>
    public override Action? EndWithClient()
    {
        Cursor.End();
        return Turn.Wake() ? Turn.Schedule : null;
    }

    protected override void Leave()
    {
        _hasLeft = true;
        Cursor.Abandon();
        Core.Watches.Leave(this, _dispatcher);
    }

    protected override Task WhenCallIsOver() => Turn.WhenRoundIsOver();
}
