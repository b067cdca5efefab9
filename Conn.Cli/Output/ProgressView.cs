using System.Collections.Concurrent;
using Conn.Engine;
using Conn.Repository.Checks;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>Shows how far an operation is: a live line per owner on a terminal, plain lines elsewhere.</summary>
/// <remarks>The library draws on a thread of its own, so that a terminal that takes nothing does not stop the operation.</remarks>
internal sealed class ProgressView(Terminal terminal) : IProgress<VerifyProgress>
{
    public const string WholeSet = "set";
    public const string WholeRepository = "repository";

    private readonly ConcurrentDictionary<string, ProgressLine> _lines = new();
    private readonly Lock _lock = new(); // guards the adding of lines: a verification reports from several threads
    private ProgressContext? _live;

    /// <summary>Runs an operation with the view around it.</summary>
    /// <param name="whole">The name of the first line, which is there from the start.</param>
    /// <param name="operation">The operation.</param>
    public async Task<T> AroundAsync<T>(string whole, Func<Task<T>> operation)
    {
        if (!terminal.IsLive)
        {
            return await operation();
        }

        return await terminal.ErrorConsole.Progress().AutoClear(true).HideCompleted(false).ExcludeVerticalPadding()
            .Columns(new ProgressLine.Column(name => _lines[name]))
            .StartAsync(async live =>
            {
                _live = live;
                Set(whole, "starting", -1, -1);
                return await operation();
            });
    }

    /// <summary>Called in the engine's loop, in order.</summary>
    public void Show(OperationProgress progress)
    {
        if (_live is not null && Phase(progress.Phase) is { } phase)
        {
            bool isMoving = progress.Phase is OperationPhase.DataStarted or OperationPhase.Section;
            Set(progress.Owner ?? WholeSet, phase, progress.Owner is null ? -1 : progress.Bytes, isMoving ? progress.ExpectedBytes : -1);
        }
        else if (_live is null && terminal.ShowsProgress && Sentence(progress) is { } line)
        {
            terminal.Note(line);
        }
    }

    /// <summary>Called by a verification, for each piece that was read.</summary>
    public void Report(VerifyProgress value)
    {
        if (_live is not null)
        {
            Set(WholeRepository, "reading", value.StoredBytes, value.TotalStoredBytes);
        }
    }

    private static string? Phase(OperationPhase phase) => phase switch
    {
        OperationPhase.OwnerReady => "ready",
        OperationPhase.DataStarted or OperationPhase.Section => "data",
        OperationPhase.DataFinished => "snapshot",
        OperationPhase.OwnerFinished => "done",
        OperationPhase.OwnerFailed => "failed",
        OperationPhase.SegmentsFlushed => "reading back",
        OperationPhase.ReadBack => "committing",
        OperationPhase.Prepared => "staged",
        OperationPhase.OwnerCompleted => "in place",
        _ => null,
    };

    private static string? Sentence(OperationProgress progress) => progress.Phase switch
    {
        OperationPhase.DataStarted => $"{progress.Owner}: started" + (progress.ExpectedBytes > 0 ? $", {Sizes.Bytes(progress.ExpectedBytes)} expected" : ""),
        OperationPhase.OwnerFinished => $"{progress.Owner}: {Sizes.Bytes(progress.Bytes)}",
        OperationPhase.SegmentsFlushed => "all data is on storage, reading it back",
        OperationPhase.Prepared => $"{progress.Owner}: staged, {Sizes.Bytes(progress.Bytes)}",
        OperationPhase.OwnerCompleted => $"{progress.Owner}: in place",
        _ => null,
    };

    private void Set(string name, string phase, long bytes, long expected)
    {
        lock (_lock)
        {
            bool isNew = !_lines.ContainsKey(name);

            // A task is drawn as soon as it is added, so its line is there before.
            _lines.GetOrAdd(name, static n => new ProgressLine(n)).Set(phase, bytes, expected);
            if (isNew)
            {
                _live!.AddTask(name, autoStart: false, maxValue: double.MaxValue);
            }
        }
    }
}
