namespace Conn.PubSub.Subscriptions;

/// <summary>The code after an await, and the execution context that it asked for.</summary>
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
