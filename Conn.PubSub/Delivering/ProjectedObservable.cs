namespace Conn.PubSub.Delivering;

/// <summary>A stream with each element converted.</summary>
internal sealed class ProjectedObservable<T>(IObservable<PropertyChange> source, Func<PropertyChange, T> project) : IObservable<T>
{
    public IDisposable Subscribe(IObserver<T> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return source.Subscribe(new Projection(observer, project));
    }

    private sealed class Projection(IObserver<T> observer, Func<PropertyChange, T> project) : IObserver<PropertyChange>
    {
        public void OnCompleted() => observer.OnCompleted();

        public void OnError(Exception error) => observer.OnError(error);

        public void OnNext(PropertyChange value) => observer.OnNext(project(value));
    }
}
