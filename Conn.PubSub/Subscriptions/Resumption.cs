namespace Conn.PubSub.Subscriptions;

/// <summary>Invariant: runs what waited for a completion, in the execution context it asked for.</summary>
internal readonly record struct Resumption(Action<object?> Continuation, object? State, ExecutionContext? Flow)
{
    public void Run()
    {
        if (Flow is null)
        {
            Continuation(State);
        }
        else
        {
            ExecutionContext.Run(Flow, static s => ((Resumption)s!).Continuation(((Resumption)s).State), this);
        }
    }
}
