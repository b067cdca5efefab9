namespace Conn.Repository.Sets;

/// <summary>Threads that compress, and block on the storage. They are not pool threads, so a slow flush does not block the pool.</summary>
internal static class WorkerThreads
{
    public static Task[] Start(int count, Action loop)
    {
        Task[] tasks = new Task[count];
        for (int i = 0; i < count; i++)
        {
            tasks[i] = Task.Factory.StartNew(
                loop, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }

        return tasks;
    }

    /// <summary>Blocks a worker thread until a storage call completes.</summary>
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

    /// <summary>Blocks a worker thread until a storage call completes.</summary>
    public static T Wait<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();
}
