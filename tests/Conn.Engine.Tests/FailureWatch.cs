using Conn.Testing.Hosting;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Records which owners failed, with which code and when, from the progress of a host in virtual time.</summary>
internal sealed class FailureWatch : IDisposable
{
    private readonly List<(string Owner, ErrorCode Error, TimeSpan At)> _failures = [];
    private readonly IDisposable _subscription;

    public FailureWatch(VirtualHost host) => _subscription = host.Engine.Progress.Subscribe(p =>
    {
        if (p.Phase == OperationPhase.OwnerFailed)
        {
            _failures.Add((p.Owner!, p.Error, host.Time.Elapsed));
        }
    });

    /// <summary>The owners that failed, in order.</summary>
    public IEnumerable<string> Owners => _failures.Select(f => f.Owner);

    /// <summary>Asserts that an owner failed once, and gives the code and the time.</summary>
    public (ErrorCode Error, TimeSpan At) Of(string owner)
    {
        (string Owner, ErrorCode Error, TimeSpan At) failure = Assert.Single(_failures, f => f.Owner == owner);
        return (failure.Error, failure.At);
    }

    public void Dispose() => _subscription.Dispose();
}
