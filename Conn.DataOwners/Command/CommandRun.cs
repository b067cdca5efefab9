using System.ComponentModel;
using System.Diagnostics;

namespace Conn.DataOwners.Command;

/// <summary>One stage of a program that runs. Invariant: when it is disposed, no process of its group runs any more.</summary>
/// <remarks>
/// The program leads a session and a process group of its own, so that it is stopped with everything it has started. setsid(1) makes the session and becomes
/// the program: .NET starts processes in the group of their parent, and its reaping of children rules out starting them past it.
/// </remarks>
internal sealed class CommandRun : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int Kill = 9;

    private readonly CommandProgram _program;
    private readonly string _stage;
    private readonly Process _process;
    private readonly int _id;
    private readonly Task _exited;
    private readonly LastLines _last = new();
    private readonly Task[] _drains;
    private readonly CancellationTokenSource _limit;

    /// <summary>Starts a stage.</summary>
    /// <exception cref="ConnException">It cannot be started.</exception>
    public CommandRun(CommandProgram program, string stage, string? staging, TimeSpan? limit, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        (_program, _stage) = (program, stage);
        ProcessStartInfo start = program.StartOf(stage, staging);
        foreach ((string name, string value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw program.Failure(ErrorCode.General, stage, $"could not be started: {e.Message}", null, e);
        }

        _id = _process.Id;
        _exited = _process.WaitForExitAsync(CancellationToken.None);
        _limit = new CancellationTokenSource(limit ?? Timeout.InfiniteTimeSpan, program.Options.TimeProvider);
        Stream output = _process.StandardOutput.BaseStream;
        Stream errors = _process.StandardError.BaseStream;
        _drains = stage == CommandStage.Backup ? [_last.DrainAsync(errors)] : [_last.DrainAsync(errors), _last.DrainAsync(output)];
        if (stage != CommandStage.Restore)
        {
            CloseInput();
        }
    }

    /// <summary>Runs a stage that has no stream, to its end.</summary>
    /// <exception cref="ConnException">It did not succeed.</exception>
    public static async Task RunAsync(CommandProgram program, string stage, string? staging, CancellationToken cancellationToken,
        IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        TimeSpan? limit = program.Options.StageTimeout ?? (stage == CommandStage.Thaw ? CommandProgram.ThawLimit : null);
        await using CommandRun run = new(program, stage, staging, limit, environment);
        await run.EndAsync(cancellationToken);
    }

    /// <summary>Reads what the program writes.</summary>
    /// <returns>The number of bytes; 0 at the end of the output, which is not yet a success.</returns>
    /// <exception cref="ConnException">TimedOut; or the program ended and left a process that holds the output.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Task<int> read = _process.StandardOutput.BaseStream.ReadAsync(buffer, CancellationToken.None).AsTask();
        await WhileItRunsAsync(read, cancellationToken);
        return await read;
    }

    /// <summary>Gives the program input.</summary>
    /// <returns>False when the program takes no more.</returns>
    /// <exception cref="ConnException">TimedOut; or the program ended and left a process that holds its input.</exception>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Task write = WriteAsync(bytes);
        try
        {
            await WhileItRunsAsync(write, cancellationToken);
            await write;
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Ends the program's input.</summary>
    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program has closed it before.
            return;
        }
    }

    /// <summary>Waits for the end of the program.</summary>
    /// <exception cref="ConnException">It did not end with 0.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await WithinAsync(_exited, cancellationToken);

        // Its last lines may still be on their way. A process that it left behind may hold the pipes: then what was read is all there is.
        await Task.WhenAny(Task.WhenAll(_drains), Task.Delay(_program.Options.KillAfter, _program.Options.TimeProvider, CancellationToken.None));
        if (_process.ExitCode != 0)
        {
            throw _program.FailureOf(_stage, _process.ExitCode, _last.ToString());
        }
    }

    /// <summary>Stops what still runs: SIGTERM to the group, and SIGKILL when the program has not ended in time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_exited.IsCompleted)
        {
            Signal(Terminate);
            await Task.WhenAny(_exited, Task.Delay(_program.Options.KillAfter, _program.Options.TimeProvider, CancellationToken.None));
        }

        Signal(Kill);
        await _exited;
        _process.Dispose();
        _limit.Dispose();
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await _process.StandardInput.BaseStream.WriteAsync(bytes, CancellationToken.None);
        await _process.StandardInput.BaseStream.FlushAsync(CancellationToken.None);
    }

    /// <summary>Waits for a transfer. After the end of the program, the rest of its output must come, or the end of it, within the bound.</summary>
    private async Task WhileItRunsAsync(Task transfer, CancellationToken cancellationToken)
    {
        await WithinAsync(Task.WhenAny(transfer, _exited), cancellationToken);
        if (!transfer.IsCompleted)
        {
            Task bound = Task.Delay(_program.Options.KillAfter, _program.Options.TimeProvider, cancellationToken);
            await WithinAsync(Task.WhenAny(transfer, bound), cancellationToken);
            if (!transfer.IsCompleted)
            {
                throw _program.Failure(
                    ErrorCode.General, _stage, "has ended, and a process that it left behind still holds its input or output", _last.ToString());
            }
        }
    }

    private async Task WithinAsync(Task work, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _limit.Token);
        try
        {
            await work.WaitAsync(ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw _program.Failure(ErrorCode.TimedOut, _stage, "took longer than the time-out of a stage, and was stopped", _last.ToString());
        }
    }

    private void Signal(int signal)
    {
        // The group is there as soon as setsid has made it; until then, the process is all there is.
        if (LibC.SendSignal(-_id, signal) != 0 && !_exited.IsCompleted)
        {
            _ = LibC.SendSignal(_id, signal);
        }
    }
}
