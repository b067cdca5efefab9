using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>Records what an observer of a watch receives; a revision is written as its rank.</summary>
internal sealed class EventRecorder(Func<Revision, int> rankOf, Action<PropertyEvent>? then = null) : IObserver<PropertyEvent>
{
    public List<string> Lines { get; } = [];

    public List<PropertyEvent> Events { get; } = [];

    public int Completions { get; private set; }

    public void OnCompleted() => Completions++;

    public void OnError(Exception error) => Assert.Fail($"A watch has no error: {error}");

    public void OnNext(PropertyEvent value)
    {
        Assert.Equal(0, Completions);
        Events.Add(value);
        int rank = rankOf(value.Revision);
        Lines.Add(value.Kind switch
        {
            PropertyEventKind.CaughtUp => $"caught up@{rank}",
            PropertyEventKind.TooOld => $"too old@{rank}",
            _ when value.Change.Kind == PropertyChangeKind.Deleted => $"{value.Name.Key} deleted@{rank}",
            _ => $"{value.Name.Key}={Numbers.Of(value.Change)}@{rank}{(value.More ? "+" : string.Empty)}",
        });
        then?.Invoke(value);
    }
}
