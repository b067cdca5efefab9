using Conn.ActiveBackup.Calls;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>Every call as a value is the callback of its name.</summary>
public sealed class DataClientDispatcherTests
{
    private static readonly DriveNumber E = DriveNumber.FromLetter('E');

    private static readonly (OwnerCall Call, string Callback, OwnerCallResult Result)[] Callbacks =
    [
        (OwnerCall.AllSnapshotsSupplied(), "AllSnapshotsSupplied", default),
        (OwnerCall.Give(OwnerCallKind.ReceiveSnapshotData, OrderLab.E, new byte[] { 0xAB }, last: true), "ReceiveSnapshotData E AB True", default),
        (OwnerCall.On(OwnerCallKind.GetExpectedDataSize, E), "GetExpectedDataSize E", new OwnerCallResult { Number = 41 }),
        (OwnerCall.Take(OwnerCallKind.GetSnapshotData, OrderLab.E, new byte[5]), "GetSnapshotData E 5", Section(2, finished: true)),
        (OwnerCall.On(OwnerCallKind.InitialiseGetBackupData, E), "InitialiseGetBackupData E", default),
        (OwnerCall.Take(OwnerCallKind.GetBackupDataSection, OrderLab.E, new byte[6]), "GetBackupDataSection 6", Section(3, finished: false)),
        (OwnerCall.On(OwnerCallKind.InitialiseRestoreBaseData, E), "InitialiseRestoreBaseData E", default),
        (OwnerCall.Give(OwnerCallKind.RestoreBaseDataSection, OrderLab.E, new byte[] { 1, 2 }, last: false), "RestoreBaseDataSection 0102 False", default),
        (OwnerCall.On(OwnerCallKind.InitialiseRestoreIncrementData, E), "InitialiseRestoreIncrementData E", default),
        (OwnerCall.Give(OwnerCallKind.RestoreIncrementDataSection, OrderLab.E, default, last: true), "RestoreIncrementDataSection  True", default),
        (OwnerCall.On(OwnerCallKind.RestoreComplete, E), "RestoreComplete E", default),
        (OwnerCall.For(OwnerCallKind.InitialiseGetProxyBackupData, OrderLab.One, E), $"InitialiseGetProxyBackupData {OrderLab.One} E", default),
        (OwnerCall.For(OwnerCallKind.InitialiseRestoreProxyBaseData, OrderLab.Two, E), $"InitialiseRestoreProxyBaseData {OrderLab.Two} E", default),
        (OwnerCall.Terminate(), "TerminateMultiStageOperation", default),
        (OwnerCall.On(OwnerCallKind.GetDataChecksum, E), "GetDataChecksum E", new OwnerCallResult { Number = uint.MaxValue }),
        (OwnerCall.PlanRestore(E, 99), "PlanRestore E 99", default),
        (OwnerCall.ResumeRestore(E, new byte[] { 0xCD }), "ResumeRestore E CD", new OwnerCallResult { Number = 1 }),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_call_becomes_the_callback_of_its_name_with_its_arguments()
    {
        RecordingClient client = new();
        await using DataClientDispatcher calls = new(client);
        foreach ((OwnerCall call, string callback, OwnerCallResult result) in Callbacks)
        {
            Assert.Equal(result, await calls.InvokeAsync(call, Token));
            Assert.Equal(callback, client.Calls[^1]);
            Assert.StartsWith(call.Kind.ToString(), callback, StringComparison.Ordinal);
        }

        Assert.Equal([7], (await calls.InvokeAsync(OwnerCall.On(OwnerCallKind.PrepareRestore, E), Token)).Token.ToArray());
        OwnerRemarks recovered = (await calls.InvokeAsync(OwnerCall.Recover(), Token)).Remarks!;
        OwnerRemarks remarks = (await calls.InvokeAsync(OwnerCall.TakeRemarks(), Token)).Remarks!;

        Assert.Equal(["removed"], recovered.Notes);
        Assert.Empty(recovered.Errors);
        Assert.Equal(["note", "error", "why"], [.. remarks.Notes, .. remarks.Errors, remarks.WhyBase]);
        Assert.Equal(["PrepareRestore E", "Recover", "TakeRemarks"], client.Calls.Skip(Callbacks.Length));
    }

    [Fact]
    public async Task No_call_but_Begin_and_KeepAlive_is_left_out_here()
    {
        OwnerCallKind[] tested = [.. Callbacks.Select(c => c.Call.Kind), OwnerCallKind.PrepareRestore, OwnerCallKind.Recover, OwnerCallKind.TakeRemarks];
        Assert.Equal(Enum.GetValues<OwnerCallKind>().Except([OwnerCallKind.Begin, OwnerCallKind.KeepAlive]).Order(), tested.Order());

        await using DataClientDispatcher calls = new(new RecordingClient());
        Assert.Equal(ErrorCode.NotSupported, (await calls.InvokeAsync(OwnerCall.On((OwnerCallKind)4711, E), Token)).Failure!.Code);
    }

    [Fact]
    public async Task Whatever_a_callback_throws_at_once_or_later_becomes_its_failure()
    {
        Exception[] all = [new ConnException(ErrorCode.DiskFull, "full"), new OperationCanceledException("gone"), new InvalidOperationException("other")];
        foreach (Exception thrown in all)
        {
            foreach (bool later in new[] { false, true })
            {
                RecordingClient client = new() { Act = _ => later ? ValueTask.FromException(thrown) : throw thrown };
                await using DataClientDispatcher calls = new(client);
                foreach (OwnerCall call in Callbacks.Select(c => c.Call).Append(OwnerCall.Recover()).Append(OwnerCall.TakeRemarks()))
                {
                    OwnerCallFailure failure = (await calls.InvokeAsync(call, Token)).Failure!;
                    Assert.Same(thrown, failure.Cause);
                    string says = thrown is InvalidOperationException ? $"InvalidOperationException: {thrown.Message}" : thrown.Message;
                    Assert.Equal((OwnerCallFailure.Of(thrown).Code, says, null), (failure.Code, failure.Message, failure.Refusal));
                }
            }
        }
    }

    [Fact]
    public async Task A_callback_gets_the_token_of_its_call()
    {
        CancellationToken seen = default;
        using CancellationTokenSource source = new();
        await using DataClientDispatcher calls = new(new RecordingClient
        {
            Act = t =>
            {
                seen = t;
                return default;
            },
        });
        foreach (OwnerCall call in Callbacks.Select(c => c.Call))
        {
            seen = default;
            await calls.InvokeAsync(call, source.Token);
            Assert.Equal((call.Kind, source.Token), (call.Kind, seen));
        }
    }

    [Theory]
    [InlineData(OwnerFeatures.None)]
    [InlineData(OwnerFeatures.RestorePlan)]
    [InlineData(OwnerFeatures.RestorePrepare)]
    [InlineData(OwnerFeatures.Remarks)]
    [InlineData(OwnerFeatures.RestorePlan | OwnerFeatures.RestorePrepare | OwnerFeatures.Remarks)]
    public async Task Begin_returns_the_optional_interfaces_that_the_owner_has_and_each_is_asked_for_once(OwnerFeatures features)
    {
        RecordingClient client = null!;
        client = new RecordingClient { Extended = uid => features.HasFlag(FeatureOf(uid)) ? client : null };
        await using DataClientDispatcher calls = new(client);

        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(features, (await calls.InvokeAsync(OwnerCall.Begin(default), Token)).Features);
            await calls.InvokeAsync(OwnerCall.PlanRestore(E, 1), Token);
            await calls.InvokeAsync(OwnerCall.TakeRemarks(), Token);
        }

        Assert.Equal([ExtendedInterfaces.RestorePlan, ExtendedInterfaces.RestorePrepare, ExtendedInterfaces.OwnerRemarks], client.Asked);
        Assert.Equal(features.HasFlag(OwnerFeatures.RestorePlan) ? 2 : 0, client.Calls.Count(c => c.StartsWith("PlanRestore", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_optional_call_of_an_owner_without_its_interface_does_nothing_but_a_resume_fails()
    {
        RecordingClient client = new() { Extended = _ => "not an interface of ours" };
        await using DataClientDispatcher calls = new(client);

        Assert.Equal(default, await calls.InvokeAsync(OwnerCall.PlanRestore(E, 1), Token));
        Assert.Equal(default, await calls.InvokeAsync(OwnerCall.On(OwnerCallKind.PrepareRestore, E), Token));
        Assert.Empty((await calls.InvokeAsync(OwnerCall.Recover(), Token)).Remarks!.Notes);
        Assert.Equal(OwnerRemarks.Nothing, (await calls.InvokeAsync(OwnerCall.TakeRemarks(), Token)).Remarks);
        Assert.Equal(ErrorCode.NotFound, (await calls.InvokeAsync(OwnerCall.ResumeRestore(E, new byte[1]), Token)).Failure!.Code);
        Assert.Empty(client.Calls);
    }

    [Fact]
    public async Task An_owner_that_throws_when_it_is_asked_for_interfaces_fails_the_call_and_is_asked_again()
    {
        bool throws = true;
        await using DataClientDispatcher calls = new(new RecordingClient
        {
            Extended = _ => throws ? throw new ConnException(ErrorCode.NoMemory, "not now") : null,
        });

        Assert.Equal(ErrorCode.NoMemory, (await calls.InvokeAsync(OwnerCall.Begin(default), Token)).Failure!.Code);
        throws = false;
        Assert.Null((await calls.InvokeAsync(OwnerCall.Begin(default), Token)).Failure);
    }

    [Fact]
    public async Task An_owner_that_keeps_no_data_of_others_fails_the_calls_for_it_with_NotSupported()
    {
        IActiveBackupDataClient plain = new PlainClient();
        await using DataClientDispatcher calls = new(plain);

        OwnerCallResult backup = await calls.InvokeAsync(OwnerCall.For(OwnerCallKind.InitialiseGetProxyBackupData, OrderLab.One, E), Token);
        OwnerCallResult restore = await calls.InvokeAsync(OwnerCall.For(OwnerCallKind.InitialiseRestoreProxyBaseData, OrderLab.One, E), Token);

        Assert.Equal((ErrorCode.NotSupported, ErrorCode.NotSupported), (backup.Failure!.Code, restore.Failure!.Code));
        Assert.Null(plain.GetExtendedInterface(ExtendedInterfaces.RestorePrepare));
        Assert.Equal(OwnerFeatures.None, (await calls.InvokeAsync(OwnerCall.Begin(default), Token)).Features);
    }

    private static OwnerCallResult Section(int bytes, bool finished) => new() { Section = new SectionResult(bytes, finished) };

    private static OwnerFeatures FeatureOf(int uid) => uid switch
    {
        ExtendedInterfaces.RestorePlan => OwnerFeatures.RestorePlan,
        ExtendedInterfaces.RestorePrepare => OwnerFeatures.RestorePrepare,
        _ => OwnerFeatures.Remarks,
    };
}
