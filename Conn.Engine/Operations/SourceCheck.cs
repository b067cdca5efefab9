using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Owners;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Asks an owner, outside of operations, whether its data can be read: it begins a backup, says how much there is, and is terminated. No data is
/// handed over.</summary>
internal sealed class SourceCheck(Operation operation, CancellationToken stop)
{
    /// <summary>Asks about every drive; the result is why the owner cannot be backed up, or null. An owner that cannot be asked is not judged.</summary>
    public async Task<OwnerCallFailure?> RunAsync(BackupPlan plan)
    {
        if (plan.Owner.Planner is not { } channel || !plan.HandsOverOwn)
        {
            return null;
        }

        EngineState engine = operation.Engine;
        using Watchdog planner = new(engine, channel, plan.Owner.Registration.NoProgressTimeout ?? engine.Limits.NoProgressTimeout);
        DriveList drives = plan.Owner.Registration.Drives;
        OwnerCall[] calls =
        [
            OwnerCall.Begin(engine.ModeInfo with { Drives = drives }), OwnerCall.AllSnapshotsSupplied(),
            .. drives.Select(static d => OwnerCall.On(OwnerCallKind.GetExpectedDataSize, d)),
        ];
        OwnerCallFailure? failure = null;
        foreach (OwnerCall call in calls)
        {
            failure = (await planner.InvokeAsync(call, stop)).Failure;
            stop.ThrowIfCancellationRequested();
            if (failure is not null)
            {
                break;
            }
        }

        await planner.InvokeAsync(OwnerCall.Terminate(), stop);
        stop.ThrowIfCancellationRequested();
        return failure;
    }

    /// <summary>The plan of an owner as it is reported.</summary>
    public async Task<OwnerReport> ReportAsync(BackupPlan plan)
    {
        OwnerCallFailure? failure = await RunAsync(plan);
        DataOwnerRegistration registration = plan.Owner.Registration;
        return new OwnerReport
        {
            Name = plan.Owner.Name, Sid = registration.Sid, Policy = registration.Policy, Source = registration.Source, Parent = plan.Parent?.Set.Text, Why = plan.Why,
            Type = plan.Owner.IsProxied ? PartType.Proxied : plan.Parent is not null ? PartType.Increment : PartType.Base,
            Outcome = failure is null ? OwnerOutcome.Succeeded : OwnerOutcome.Failed,
            Error = failure?.Code ?? ErrorCode.Success,
            Errors = failure is null ? [] : [$"Owner {plan.Owner.Name}: {OwnerWords.Of(plan.Owner.Name, failure.Message)}"],
        };
    }
}
