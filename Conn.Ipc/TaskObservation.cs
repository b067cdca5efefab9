namespace Conn.Ipc;

/// <summary>Tasks whose failure is known by other means, such as the loss of the connection.</summary>
internal static class TaskObservation
{
    /// <summary>Marks the failure of a task as seen, now or when it comes, so that it is no exception that was lost.</summary>
    public static void Observe(this Task task) => _ = task.ContinueWith(
        static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
