using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>A program states the places of its owner, and is given those of others before a call can need them.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RemotePlacesTests : IAsyncLifetime
{
    private readonly SocketFolder _folder = new();
    private readonly IpcPlanners _planners = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly CapturingGateway _gateway = new();
    private IpcServer? _server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IOwnedPlaces Known => _planners.PlacesOf(OwnerLink.Sid);

    private IpcOwnerTransport Transport => new(new IpcClientOptions { SocketPath = _folder.Socket });

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? default);
        _folder.Dispose();
    }

    [Fact]
    public async Task Places_that_a_program_states_are_known_until_another_one_states_others()
    {
        Start();
        Assert.Empty(Known.Places);
        await using (await OfferAsync(new Placed("/srv/app", "/srv/app.db")))
        {
            Assert.Equal(["/srv/app", "/srv/app.db"], Known.Places);
        }

        await Task.WhenAll(_server!.Connections);
        Assert.Equal(["/srv/app", "/srv/app.db"], Known.Places);
        await using IAsyncDisposable other = await OfferAsync(new Placed("/srv/new"));
        Assert.Equal(["/srv/new"], Known.Places);
        Assert.Empty(_lines);
    }

    [Fact]
    public async Task Places_of_a_user_who_may_not_state_any_do_not_count_and_it_learns_none()
    {
        Start(new IpcGrant());
        _ = Known;
        Placed owner = new("/etc");
        await using IAsyncDisposable offer = await OfferAsync(owner);
        Assert.Empty(Known.Places);
        Assert.Contains("places that do not count", Assert.Single(_lines), StringComparison.Ordinal);
        Known.SetOtherPlaces(["/secret"]);
        await CallAsync();
        Assert.Empty(owner.Others);
    }

    [Theory]
    [InlineData("srv/app", 1, -6)] // Argument
    [InlineData("", 1, -6)]
    [InlineData("/srv/\0", 1, -6)]
    [InlineData("/srv", 65, -40)] // TooBig
    [InlineData(null, 1, -40)]
    public async Task Places_that_are_no_paths_or_too_many_are_refused(string? place, int count, int code)
    {
        Start();
        _ = Known;
        string[] places = [.. Enumerable.Repeat(place ?? "/" + new string('a', 4096), count)];
        Assert.Equal(new ErrorCode(code), (await Assert.ThrowsAsync<ConnException>(() => OfferAsync(new Placed(places)))).Code);
        Assert.Empty(Known.Places);
    }

    [Fact]
    public async Task The_owner_has_the_places_of_others_before_it_is_asked_whenever_its_program_came()
    {
        Start();
        Placed owner = new("/srv/app");
        await using (await OfferAsync(owner))
        {
            Known.SetOtherPlaces(["/mnt/backup"]);
            await CallAsync();
            Known.SetOtherPlaces(["/mnt/backup"]);
            await CallAsync();
            Known.SetOtherPlaces(["/mnt/backup", "/srv/docs"]);
            await CallAsync();
            Assert.Equal(["/mnt/backup", "/mnt/backup /srv/docs"], owner.Others);
        }

        Placed late = new("/srv/app");
        await using IAsyncDisposable offer = await OfferAsync(late);
        await CallAsync();
        Assert.Equal(["/mnt/backup /srv/docs"], late.Others);
    }

    [Fact]
    public async Task An_owner_does_not_connect_before_it_has_the_places_of_others()
    {
        Start();
        using ManualResetEventSlim goes = new();
        Placed owner = new("/srv/app") { OnSet = () => goes.Wait(Token) };
        await using IAsyncDisposable offer = await OfferAsync(owner);
        Known.SetOtherPlaces(["/mnt/backup"]);
        Task<IEngineSession> connecting = ConnectAsync();
        await owner.Entered.Task.WaitAsync(Token);
        Assert.False(_gateway.First.IsCompleted);
        goes.Set();
        await using IEngineSession session = await connecting;
        Assert.True(_gateway.First.IsCompleted);
        Assert.Equal(["/mnt/backup"], owner.Others);
    }

    [Fact]
    public async Task An_owner_that_cannot_take_the_places_of_others_does_not_connect_until_it_can()
    {
        Start();
        Placed owner = new("/srv/app") { OnSet = static () => throw new ConnException(ErrorCode.Argument, "A link goes round in circles.") };
        await using IAsyncDisposable offer = await OfferAsync(owner);
        Known.SetOtherPlaces(["/mnt/backup"]);
        ConnException refused = await Assert.ThrowsAsync<ConnException>(ConnectAsync);
        Assert.Equal(ErrorCode.Argument, refused.Code);
        Assert.Contains("in circles", refused.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.Argument, (await PlanAsync()).Failure!.Code);
        owner.OnSet = null;
        Known.SetOtherPlaces(["/mnt/backup"]);
        await using IEngineSession session = await ConnectAsync();
    }

    [Fact]
    public async Task A_program_that_does_not_take_the_places_of_others_is_not_waited_for_without_end()
    {
        Start(writeTimeout: TimeSpan.FromMilliseconds(200));
        using ManualResetEventSlim goes = new();
        Placed owner = new("/srv/app") { OnSet = () => goes.Wait(Token) };
        IAsyncDisposable offer = await OfferAsync(owner);
        Known.SetOtherPlaces(["/mnt/backup"]);
        Assert.Equal(ErrorCode.TimedOut, (await Assert.ThrowsAsync<ConnException>(ConnectAsync)).Code);

        // Another program of the owner does not wait for it.
        await using IAsyncDisposable other = await OfferAsync(new Placed("/srv/app"));
        await using IEngineSession session = await ConnectAsync();
        goes.Set();
        await offer.DisposeAsync();
    }

    private void Start(IpcGrant? grant = null, TimeSpan? writeTimeout = null)
    {
        IpcServerOptions options = new() { SocketPath = _folder.Socket, Owners = _gateway, Planners = _planners, Log = _lines.Enqueue };
        options = writeTimeout is { } time ? options with { WriteTimeout = time } : options;
        _server = IpcServer.Start(grant is null ? options
            : options with { Identities = new IpcIdentityPolicy(new Dictionary<uint, IpcGrant> { [SocketBus.User] = grant }) });
    }

    private Task<IAsyncDisposable> OfferAsync(Placed owner)
    {
        _ = Known;
        return Transport.OfferPlannerAsync(OwnerLink.Sid, "app", new ChannelStub(), owner, Token);
    }

    private Task<IEngineSession> ConnectAsync() => Transport.ConnectAsync(new OwnerConnection(OwnerLink.Sid, new ChannelStub()), Token).AsTask();

    private async Task CallAsync() => Assert.Null((await PlanAsync()).Failure);

    private async Task<OwnerCallResult> PlanAsync() => await _planners.Of(OwnerLink.Sid).InvokeAsync(OwnerCall.PlanRestore(DriveNumber.C, 1), Token);

    private sealed class Placed(params string[] places) : IOwnedPlaces
    {
        public IReadOnlyList<string> Places => places;

        public List<string> Others { get; } = [];

        public Action? OnSet { get; set; }

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void SetOtherPlaces(IReadOnlyList<string> places)
        {
            Entered.TrySetResult();
            OnSet?.Invoke();
            Others.Add(string.Join(' ', places));
        }
    }
}
