using System.Diagnostics;
using Conn.Engine;

namespace Conn.Hosting.Telemetry;

/// <summary>What traces and metrics keep of one operation. Begins with the constructor.</summary>
internal sealed class OperationRecord : IDisposable
{
    private static readonly ActivitySource Source = new(ConnTelemetry.ActivitySourceName);

    private readonly TimeProvider _clock;
    private readonly ConnMeter _meter;
    private readonly string _operation;
    private readonly Activity? _activity;
    private readonly Dictionary<string, Activity> _owners = []; // touched by the engine's loop alone
    private readonly IDisposable? _progress;
    private readonly long _started;

    public OperationRecord(BackupEngine engine, ConnMeter meter, string operation)
    {
        _clock = engine.Options.TimeProvider;
        _meter = meter;
        _operation = operation;
        _started = _clock.GetTimestamp();
        _activity = Source.StartActivity($"conn.{operation}")?.SetTag(ConnTelemetry.Operation, operation);
        _progress = _activity is null ? null : engine.Progress.Subscribe(Follow);
    }

    public void Ended(OperationOutcome outcome, IReadOnlyList<OwnerReport> owners)
    {
        string word = ConnMeter.Word(outcome);
        _activity?.SetTag(ConnTelemetry.Outcome, word).SetStatus(outcome == OperationOutcome.Succeeded ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
        _meter.Operation(_operation, _clock.GetElapsedTime(_started), word, null);
        foreach (OwnerReport owner in owners)
        {
            _meter.Owner(_operation, owner);
        }
    }

    public void Failed(Exception e)
    {
        string type = e.GetType().FullName!;
        _activity?.SetTag(ConnTelemetry.ErrorType, type).SetStatus(ActivityStatusCode.Error, e.Message);
        _meter.Operation(_operation, _clock.GetElapsedTime(_started), e is OperationCanceledException ? "aborted" : "failed", type);
    }

    public void Dispose()
    {
        _progress?.Dispose();
        foreach (Activity owner in _owners.Values)
        {
            owner.Dispose();
        }

        _activity?.Dispose();
    }

    private void Follow(OperationProgress progress)
    {
        if (progress.Owner is not { } name || progress.Phase == OperationPhase.Section)
        {
            return;
        }

        if (!_owners.TryGetValue(name, out Activity? owner))
        {
            owner = Source.StartActivity("conn.owner", ActivityKind.Internal, _activity!.Context)?.SetTag(ConnTelemetry.OwnerName, name);
            if (owner is null)
            {
                return;
            }

            _owners.Add(name, owner);
        }

        owner.AddEvent(new ActivityEvent(progress.Phase.ToString()));
        if (progress.Phase == OperationPhase.OwnerFailed)
        {
            owner.SetTag(ConnTelemetry.ErrorType, progress.Error.ToString()).SetStatus(ActivityStatusCode.Error);
        }

        if (progress.Phase is OperationPhase.OwnerFinished or OperationPhase.OwnerCompleted)
        {
            owner.Stop();
        }
    }
}
