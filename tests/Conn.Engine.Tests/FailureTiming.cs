using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>When an owner failed, and when it was terminated.</summary>
internal sealed class FailureTiming(VirtualTime time)
{
    private static readonly ErrorCode Own = new(-79);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
    private readonly List<TimeSpan> _terminated = [];

    public TimeSpan Failed { get; private set; }

    public void Mark() => Failed = time.Elapsed;

    public ValueTask Terminate(int call, CancellationToken cancellationToken)
    {
        _terminated.Add(time.Elapsed);
        return default;
    }

    public void AssertAtOnce((ErrorCode Error, TimeSpan At) failure, ErrorCode? code = null, int terminates = 1)
    {
        Assert.NotEqual(TimeSpan.Zero, Failed);
        Assert.Equal(code ?? Own, failure.Error);
        Assert.InRange(failure.At - Failed, TimeSpan.Zero, Instant);
        Assert.Equal(terminates, _terminated.Count);
        Assert.All(_terminated, at => Assert.InRange(at - Failed, TimeSpan.Zero, Instant));
    }
}
