using System.Reactive.Concurrency;

namespace Conn.Engine.Tests;

/// <summary>The schedulers that work, by their kind.</summary>
internal static class Schedulers
{
    public static IScheduler Make(SchedulerKind kind) => kind switch
    {
        SchedulerKind.Immediate => ImmediateScheduler.Instance,
        SchedulerKind.CurrentThread => CurrentThreadScheduler.Instance,
        SchedulerKind.Pool => TaskPoolScheduler.Default,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Expected: a scheduler that does its work."),
    };
}
