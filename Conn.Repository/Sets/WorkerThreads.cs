namespace Conn.Repository.Sets;

/// <summary>Threads that block on storage and compress: their own, so that a flush never takes a thread of the pool from anybody. Whoever starts one awaits it.</summary>
internal static class WorkerThreads
{
    public static Task[] Start(int count, Action loop)
    {
        var tasks = new Task[count];
        for (var i = 0; i < count; i++)
        {
            tasks[i] = Task.Factory.StartNew(
                loop, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }

        return tasks;
    }

    /// <summary>Waits for a storage call on a worker's own thread.</summary>
    public static void Wait(ValueTask task)
    {
        if (task.IsCompleted)
        {
            task.GetAwaiter().GetResult();
        }
        else
        {
            task.AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Waits for a storage call on a worker's own thread.</summary>
    public static T Wait<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();
}
