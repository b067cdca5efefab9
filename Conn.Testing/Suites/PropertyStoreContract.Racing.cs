using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>What the concurrent rules share: a store on the pool, and threads that race.</remarks>
public abstract partial class PropertyStoreContract
{
    private const int Rounds = 10_000;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private IPropertyStore? _pooled;

    /// <summary>A store whose queued deliveries run on the pool.</summary>
    private IPropertyStore Pooled => _pooled ??= CreateStore(new PropertyStoreOptions());

    /// <summary>Owns what is raced for; made before the threads that use it.</summary>
    private IPropertyClient Racer => field ??= Pooled.Open(Pooled.MintIdentity(new SecureId(OwnerSid)));

    private PropertyName Raced(PropertyType type = PropertyType.Int, uint key = 1)
    {
        Assert.Equal(ErrorCode.None, Racer.Define(NameOf(key), type, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass));
        return NameOf(key);
    }

    /// <summary>On a thread of its own.</summary>
    private static Task Run(Action action) => Task.Factory.StartNew(
        action, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Does something again and again on a thread of its own until the body is over; the body may ask whether that failed before.</summary>
    private static async Task Whilst(Action again, Func<Func<bool>, Task> body)
    {
        using var done = new CancellationTokenSource();
        Task other = Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                again();
            }
        });
        try
        {
            await body(() => other.IsCompleted);
        }
        finally
        {
            await done.CancelAsync();
        }

        await other;
    }

    /// <summary>What must come, whoever is scheduled when: fails by name, not by the test's own limit.</summary>
    private static async Task Comes(Task task, string what)
    {
        try
        {
            await task.WaitAsync(_patience, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{what} did not come within {_patience.TotalSeconds} s.");
        }
    }
}
