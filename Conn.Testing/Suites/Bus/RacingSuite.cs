using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What the concurrent suites share: a store whose deliveries run on the pool, and threads that race.</summary>
public abstract class RacingSuite : PropertyStoreSuite
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Gets how often most races of <see cref="Pooled"/> are repeated. Read it before a loop: with the call in a tight loop, .NET 10 was seen to make code
    /// that a garbage collection waits for without end.</summary>
    protected int Rounds => RoundsOf(Pooled);

    /// <summary>Gets a store whose deliveries run on the pool; made by <see cref="RacedAsync"/>.</summary>
    protected IPropertyStore Pooled { get; private set; } = null!;

    /// <summary>Gets a client of <see cref="Pooled"/> with the secure id of the owner.</summary>
    protected IPropertyClient Racer { get; private set; } = null!;

    /// <summary>Opens <see cref="Pooled"/>, and defines a property in it that every client may use.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="key">Its key.</param>
    /// <returns>Its name.</returns>
    protected async ValueTask<PropertyName> RacedAsync(PropertyType type = PropertyType.Int, uint key = 1)
    {
        await OpenPooledAsync();
        Assert.Equal(ErrorCode.Success, await Racer.TryDefineAsync(NameOf(key), Open(type), Token));
        return NameOf(key);
    }

    /// <summary>Opens <see cref="Pooled"/>.</summary>
    /// <returns>Completes when it is open.</returns>
    protected async ValueTask OpenPooledAsync()
    {
        Pooled ??= await NewStoreAsync(new PropertyStoreOptions());
        Racer ??= await OpenAsync(Pooled, OwnerSid);
    }

    /// <summary>Runs something that begins on a thread of its own.</summary>
    /// <param name="action">What runs.</param>
    /// <returns>Completes with it.</returns>
    protected static Task Run(Func<Task> action) =>
        Task.Factory.StartNew(action, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    /// <summary>Repeats something on a thread of its own until the body is over.</summary>
    /// <param name="again">What is repeated.</param>
    /// <param name="body">Gets a function that says whether the other thread ended, which is a failure of it.</param>
    /// <returns>Completes when both are over.</returns>
    protected static async Task Whilst(Func<Task> again, Func<Func<bool>, Task> body)
    {
        bool done = false;
        Task other = Run(async () =>
        {
            while (!Volatile.Read(ref done))
            {
                await again();
            }
        });
        try
        {
            await body(() => other.IsCompleted);
        }
        finally
        {
            Volatile.Write(ref done, true);
        }

        await other;
    }

    /// <summary>Waits for what must come: fails by name, not by the limit of the test.</summary>
    /// <param name="task">What must come.</param>
    /// <param name="what">Its name.</param>
    /// <returns>Completes with it.</returns>
    protected static async Task Comes(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Patience, TimeProvider.System, Token);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{what} did not come within {Patience.TotalSeconds} s.");
        }
    }
}
