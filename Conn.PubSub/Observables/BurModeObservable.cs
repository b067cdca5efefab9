namespace Conn.PubSub.Observables;

/// <summary>Invariant: passes every element on, as a mode; where there is no integer the mode was never set.</summary>
internal sealed class BurModeObservable(IObservable<PropertyChange> source) : IObservable<BurMode>
{
    public IDisposable Subscribe(IObserver<BurMode> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return source.Subscribe(new Projection(observer));
    }

    private sealed class Projection(IObserver<BurMode> observer) : IObserver<PropertyChange>
    {
        public void OnCompleted() => observer.OnCompleted();

        public void OnError(Exception error) => observer.OnError(error);

        public void OnNext(PropertyChange value) => observer.OnNext(BurMode.FromValue(value.Value));
    }
}
