using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>An owner in another process is asked outside of operations, as one of this process is.</summary>
public sealed class PlannerTests : IAsyncLifetime
{
    private readonly SocketFolder _folder = new();
    private readonly IpcPlanners _planners = new();
    private IpcServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _server = IpcServer.Start(new IpcServerOptions { SocketPath = _folder.Socket, Planners = _planners });
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_owner_that_plans_is_asked_and_its_refusal_crosses()
    {
        Planning owner = new();
        await using IAsyncDisposable offer = await OfferAsync(owner);
        IOwnerChannel planner = _planners.Of(OwnerLink.Sid);

        Assert.Null((await planner.InvokeAsync(OwnerCall.PlanRestore(DriveNumber.C, 42), Token)).Failure);
        Assert.Equal((DriveNumber.C, 42), Assert.Single(owner.Asked));
        owner.Refusal = new ConnException(ErrorCode.DiskFull, "42 bytes are missing.");
        OwnerCallFailure refused = (await planner.InvokeAsync(OwnerCall.PlanRestore(DriveNumber.C, 84), Token)).Failure!;
        Assert.Equal((ErrorCode.DiskFull, "42 bytes are missing."), (refused.Code, refused.Message));
    }

    [Fact]
    public async Task An_owner_that_does_not_plan_is_not_called_and_refuses_nothing()
    {
        using ScriptedDataOwner owner = new("plain", null);
        await using IAsyncDisposable offer = await OfferAsync(owner);
        Assert.Null((await _planners.Of(OwnerLink.Sid).InvokeAsync(OwnerCall.PlanRestore(DriveNumber.C, 42), Token)).Failure);
    }

    [Fact]
    public async Task An_owner_that_is_not_connected_or_was_lost_is_not_judged()
    {
        Planning owner = new() { Refusal = new ConnException(ErrorCode.DiskFull, "No.") };
        IOwnerChannel planner = _planners.Of(OwnerLink.Sid);
        Assert.Null((await planner.InvokeAsync(OwnerCall.PlanRestore(DriveNumber.C, 1), Token)).Failure);
        await using (await OfferAsync(owner))
        {
            Assert.NotNull((await planner.InvokeAsync(OwnerCall.PlanRestore(DriveNumber.C, 1), Token)).Failure);
        }

        await Task.WhenAll(_server.Connections);
        Assert.Null((await planner.InvokeAsync(OwnerCall.PlanRestore(DriveNumber.C, 1), Token)).Failure);
        Assert.Single(owner.Asked);
    }

    [Fact]
    public async Task Nobody_answers_for_an_owner_that_its_user_may_not_be()
    {
        ConnException refused = await Assert.ThrowsAsync<ConnException>(
            () => new IpcOwnerTransport(new IpcClientOptions { SocketPath = _folder.Socket }).OfferPlannerAsync(SecureId.Engine, null, new ChannelStub(), cancellationToken: Token));
        Assert.Equal(ErrorCode.PermissionDenied, refused.Code);
    }

    [Fact]
    public async Task A_lost_connection_gives_up_the_calls_that_run()
    {
        Planning owner = new() { Waits = true };
        IAsyncDisposable offer = await OfferAsync(owner);
        Task<OwnerCallResult> asked = _planners.Of(OwnerLink.Sid).InvokeAsync(OwnerCall.PlanRestore(DriveNumber.C, 1), Token).AsTask();
        await owner.Entered.Task.WaitAsync(Token);
        await offer.DisposeAsync();
        await owner.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token);
        Assert.Null((await asked).Failure);
    }

    private Task<IAsyncDisposable> OfferAsync(IActiveBackupDataClient owner) =>
        new IpcOwnerTransport(new IpcClientOptions { SocketPath = _folder.Socket }).OfferPlannerAsync(OwnerLink.Sid, null, new DataClientDispatcher(owner), cancellationToken: Token);

    private sealed class Planning() : StagedFileOwner("planning", Path.GetTempFileName()), IRestorePlan
    {
        public List<(DriveNumber, long)> Asked { get; } = [];

        public ConnException? Refusal { get; set; }

        public bool Waits { get; init; }

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        async ValueTask IRestorePlan.PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken)
        {
            Asked.Add((drive, expectedBytes));
            Entered.TrySetResult();
            if (Waits)
            {
                await using CancellationTokenRegistration cancelled = cancellationToken.Register(() => Cancelled.TrySetResult());
                await Cancelled.Task;
            }

            if (Refusal is not null)
            {
                throw Refusal;
            }
        }
    }
}
