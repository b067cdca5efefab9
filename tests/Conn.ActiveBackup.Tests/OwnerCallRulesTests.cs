using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>The table of rules itself, and the machine that is made of it.</summary>
public sealed class OwnerCallRulesTests
{
    private static readonly OwnerCallKind[] Kinds = Enum.GetValues<OwnerCallKind>();
    private static readonly DriveState[] States = Enum.GetValues<DriveState>();

    [Fact]
    public void Every_call_has_one_rule_and_is_found_by_its_number()
    {
        Assert.Equal(Kinds, OwnerCallRules.All.Select(r => r.Call).Order());
        Assert.All(Kinds, k => Assert.Equal(k, OwnerCallRules.Of(k).Call));
        Assert.Equal(Enumerable.Range(0, Kinds.Length), Kinds.Select(k => (int)k));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(22)]
    [InlineData(int.MaxValue)]
    public void A_number_that_is_no_call_has_no_rule(int number) => Assert.Throws<ArgumentOutOfRangeException>(() => OwnerCallRules.Of((OwnerCallKind)number));

    [Fact]
    public void The_rows_of_the_machine_are_the_transitions_of_the_rules_and_the_two_ends_of_every_state()
    {
        List<MachineRow<DriveState, OwnerCallStep>> rows = [];
        foreach (OwnerCallRule rule in OwnerCallRules.All)
        {
            foreach (CallTransition row in rule.Transitions)
            {
                rows.Add(new(row.From, new OwnerCallStep(rule.Call), row.To));
                rows.AddRange(row.Last is { } last ? [new(row.From, new OwnerCallStep(rule.Call, CallEnding.Last), last)] : []);
                rows.AddRange(row.Refused is { } refused ? [new(row.From, new OwnerCallStep(rule.Call, CallEnding.SnapshotRefused), refused)] : []);
            }
        }

        rows.AddRange(States.Select(s => new MachineRow<DriveState, OwnerCallStep>(
            s, new OwnerCallStep(OwnerCallKind.TerminateMultiStageOperation), OwnerCallRules.IsCompleted(s) ? s : DriveState.Terminated)));
        rows.AddRange(States.Select(s => new MachineRow<DriveState, OwnerCallStep>(
            s, OwnerCallStep.Failure, s == DriveState.Terminated ? s : DriveState.Failed)));
        Assert.Equal(rows.ToHashSet(), OwnerCallRules.Machine.Rows.ToHashSet());
        Assert.Equal(rows.Count, OwnerCallRules.Machine.Rows.Count);
    }

    [Fact]
    public void A_call_has_transitions_exactly_when_it_concerns_drives() => Assert.All(
        OwnerCallRules.All, r => Assert.Equal(r.Span is CallSpan.Owner or CallSpan.Everything, r.Transitions.Count == 0));

    [Fact]
    public void A_snapshot_can_be_refused_in_every_state_of_a_call_that_has_refusal_codes_and_in_no_other() => Assert.All(
        OwnerCallRules.All, r => Assert.All(r.Transitions, t => Assert.Equal((r.Call, r.RefusalCodes.Count > 0), (r.Call, t.Refused is not null))));

    [Fact]
    public void A_stream_ends_in_every_state_of_a_call_of_sections_and_in_no_other()
    {
        OwnerCallKind[] sections =
        [
            OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.GetSnapshotData, OwnerCallKind.GetBackupDataSection,
            OwnerCallKind.RestoreBaseDataSection, OwnerCallKind.RestoreIncrementDataSection,
        ];
        Assert.All(OwnerCallRules.All, r => Assert.All(r.Transitions, t =>
        {
            Assert.Equal((r.Call, sections.Contains(r.Call)), (r.Call, t.Last is not null));
            Assert.True(t.Last is not { } last || !OwnerCallRules.IsOpen(last), $"{r.Call} leaves a stream open after its last section");
        }));
    }

    [Fact]
    public void The_owner_ends_the_streams_that_it_returns_and_the_caller_those_that_it_gives() => Assert.Equal(
        [OwnerCallKind.GetSnapshotData, OwnerCallKind.GetBackupDataSection], OwnerCallRules.All.Where(r => r.ReturnsSection).Select(r => r.Call).Order());

    [Fact]
    public void Every_call_that_adds_data_to_a_fresh_drive_of_a_restore_comes_before_anything_there_is_prepared() => Assert.Equal(
        [OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.InitialiseRestoreBaseData, OwnerCallKind.InitialiseRestoreProxyBaseData],
        OwnerCallRules.All.Where(r => r.BeforePrepared).Select(r => r.Call).Order());

    [Fact]
    public void Terminate_is_legal_in_every_state_and_has_the_same_effect_once_and_twice() => Assert.All(States, s =>
    {
        Assert.Contains(OwnerCallKind.TerminateMultiStageOperation, OwnerCallRules.LegalCalls(s));
        DriveState once = OwnerCallRules.Machine.Fire(s, new OwnerCallStep(OwnerCallKind.TerminateMultiStageOperation), "x");
        Assert.Equal(once, OwnerCallRules.Machine.Fire(once, new OwnerCallStep(OwnerCallKind.TerminateMultiStageOperation), "x"));
        Assert.False(OwnerCallRules.IsOpen(once));
    });

    [Fact]
    public void In_a_drive_that_failed_only_Terminate_is_legal_and_Recover_after_it()
    {
        Assert.Equal([OwnerCallKind.TerminateMultiStageOperation], OwnerCallRules.LegalCalls(DriveState.Failed));
        Assert.Equal([OwnerCallKind.Recover, OwnerCallKind.TerminateMultiStageOperation], OwnerCallRules.LegalCalls(DriveState.Terminated));
    }

    [Theory]
    [InlineData(DriveState.BackupDataOpen)]
    [InlineData(DriveState.RestoreBaseOpen)]
    public void A_snapshot_is_never_given_after_the_data_was_opened(DriveState opened)
    {
        HashSet<DriveState> after = [opened];
        while (OwnerCallRules.Machine.Rows.Any(r => after.Contains(r.From) && after.Add(r.To)))
        {
        }

        Assert.DoesNotContain(OwnerCallRules.Of(OwnerCallKind.ReceiveSnapshotData).Transitions, t => after.Contains(t.From));
    }

    [Fact]
    public void A_call_that_moves_data_or_puts_it_in_place_needs_readiness_and_no_other_does()
    {
        OwnerCallKind[] free =
        [
            OwnerCallKind.KeepAlive, OwnerCallKind.Begin, OwnerCallKind.PlanRestore, OwnerCallKind.TakeRemarks,
            OwnerCallKind.TerminateMultiStageOperation, OwnerCallKind.Recover, OwnerCallKind.ReceiveSnapshotData,
            OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.GetExpectedDataSize, OwnerCallKind.GetDataChecksum,
        ];
        Assert.All(OwnerCallRules.All, r => Assert.Equal((r.Call, !free.Contains(r.Call)), (r.Call, r.NeedsReady)));
    }
}
