using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Waits in real time that end with a sentence instead of never.</summary>
internal static class Waits
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public static async Task Within(this Task task, string expected)
    {
        try
        {
            await task.WaitAsync(Limit, TimeProvider.System);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            Assert.Fail($"Expected: {expected}. Actual: not within {Limit.TotalSeconds:0} s, the task is {task.Status}.");
        }
    }

    public static async Task<T> Within<T>(this Task<T> task, string expected)
    {
        await ((Task)task).Within(expected);
        return await task;
    }

    public static Task Within(this ValueTask task, string expected) => task.AsTask().Within(expected);
}
