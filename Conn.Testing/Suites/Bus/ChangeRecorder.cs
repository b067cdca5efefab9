using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>Records what an observer of a property receives, and that it receives nothing after an end. Elements have rising revisions.</summary>
internal sealed class ChangeRecorder(Action<PropertyChange>? then = null) : IObserver<PropertyChange>
{
    public List<PropertyChange> Seen { get; } = [];

    public Exception? Error { get; private set; }

    public int Completions { get; private set; }

    /// <summary>Numbers of values, and the kinds of other elements.</summary>
    public IEnumerable<string> Lines => Seen.Select(static c => c.HasValue ? $"{Numbers.Of(c)}" : $"{c.Kind}");

    public void OnCompleted()
    {
        AssertNotEnded();
        Completions++;
    }

    public void OnError(Exception error)
    {
        AssertNotEnded();
        Error = error;
    }

    public void OnNext(PropertyChange value)
    {
        AssertNotEnded();
        Assert.True(Seen.Count == 0 || value.Revision > Seen[^1].Revision, $"{value} after {(Seen.Count == 0 ? default : Seen[^1])}");
        Assert.True(Seen.Count == 0 || !value.IsCurrent);
        Seen.Add(value);
        then?.Invoke(value);
    }

    private void AssertNotEnded() => Assert.True(Error is null && Completions == 0, "A call after the end.");
}
