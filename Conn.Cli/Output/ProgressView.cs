using Conn.Engine.Reports;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>Shows how far an operation is: a live line per owner on a terminal, plain lines elsewhere, nothing with --json.</summary>
internal sealed class ProgressView
{
    private readonly Terminal _terminal;
    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private ProgressContext? _live;

    public ProgressView(Terminal terminal) => _terminal = terminal;

    /// <summary>Runs an operation with the view around it.</summary>
    public async Task<T> AroundAsync<T>(Func<Task<T>> operation)
    {
        if (_terminal.Json || !_terminal.IsErrorTerminal)
        {
            return await operation();
        }

        return await _terminal.ErrorConsole.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async live =>
            {
                _live = live;
                return await operation();
            });
    }

    /// <summary>Called in the engine's loop, in order.</summary>
    public void Show(OperationProgress progress)
    {
        if (_terminal.Json)
        {
            return;
        }

        if (_live is not null)
        {
            ShowLive(progress);
        }
        else if (Sentence(progress) is { } line)
        {
            _terminal.Note(line);
        }
    }

    private static string? Sentence(OperationProgress progress) => progress.Phase switch
    {
        OperationPhase.DataStarted => $"{progress.Owner}: started" + (progress.ExpectedBytes >= 0 ? $", {Sizes.Bytes(progress.ExpectedBytes)} expected" : ""),
        OperationPhase.OwnerFinished => $"{progress.Owner}: {Sizes.Bytes(progress.Bytes)}",
        OperationPhase.SegmentsFlushed => "all data is on storage, reading it back",
        OperationPhase.Prepared => $"{progress.Owner}: staged, {Sizes.Bytes(progress.Bytes)}",
        OperationPhase.OwnerCompleted => $"{progress.Owner}: in place",
        _ => null,
    };

    private void ShowLive(OperationProgress progress)
    {
        string name = progress.Owner ?? "set";
        string? phase = progress.Phase switch
        {
            OperationPhase.OwnerReady => "ready",
            OperationPhase.DataStarted or OperationPhase.Section => "data",
            OperationPhase.DataFinished => "snapshot",
            OperationPhase.OwnerFinished => "done",
            OperationPhase.SegmentsFlushed => "reading back",
            OperationPhase.ReadBack => "committing",
            OperationPhase.Prepared => "staged",
            OperationPhase.OwnerCompleted => "in place",
            _ => null,
        };
        if (phase is null)
        {
            return;
        }

        if (!_tasks.TryGetValue(name, out ProgressTask? task))
        {
            _tasks[name] = task = _live!.AddTask(Markup.Escape(name), true, 1);
        }

        task.Description = Markup.Escape($"{name} {phase}");
        task.MaxValue = Math.Max(1, Math.Max(progress.ExpectedBytes, progress.Bytes));
        task.Value = progress.Bytes;
    }
}
