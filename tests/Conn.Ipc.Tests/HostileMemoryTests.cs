using System.Runtime.Versioning;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Conn.SystemCalls;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>An owner that shares memory with the engine does with it what it likes: that changes its own next section at most.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostileMemoryTests
{
    private const int PunchHoleAndKeepSize = 2 | 1;
    private const int AddSeals = 1033;
    private const int NoWriting = 8;

    private readonly byte[] _buffer = new byte[1000];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_an_owner_writes_after_its_answer_changes_nothing_that_the_engine_has()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token, shares: true);
        Memory<byte> shared = owner.Blocks!.Filled(_buffer.Length);
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(Take(), Token);
        (long id, WireCall call) = await owner.CalledAsync(Token);
        Assert.True(call.IsShared);
        shared.Span.Fill(1);
        await owner.Main.WriteAsync(RawPeer.Result(id, HostileOwner.Good with { Bytes = 600 }), Token);
        Assert.Equal(600, (await running).Section.Bytes);
        shared.Span.Fill(2);
        Assert.Equal([.. Enumerable.Repeat((byte)1, 600), .. new byte[400]], _buffer);
    }

    [Theory]
    [InlineData(1001)]
    [InlineData(SharedSections.TotalBytes)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public async Task A_length_that_is_negative_or_more_than_the_buffer_fails_the_call(int bytes)
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token, shares: true);
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(Take(), Token);
        (long id, _) = await owner.CalledAsync(Token);
        await owner.Main.WriteAsync(RawPeer.Result(id, HostileOwner.Good with { Bytes = bytes }), Token);
        Assert.Equal(ErrorCode.BadDescriptor, (await running).Failure!.Code);
        Assert.Equal(new byte[1000], _buffer);
    }

    [Fact]
    public async Task An_owner_can_neither_resize_the_memory_nor_seal_it_and_what_it_punches_out_is_read_as_zeros()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer main = await arena.ConnectAsync(Purpose.Owner, Token);
        await using RawPeer sections = await SectionsOfAsync(arena, main);
        Assert.Null((await main.CallAsync(nameof(IOwnerServer.ShareAsync), Token, HostileOwner.Sid)).Error);
        using SafeFileHandle memory = DescriptorMessage.TryReceive(sections.Stream.Socket.SafeHandle)!;
        int descriptor = (int)memory.DangerousGetHandle();
        Assert.True(SharedMemory.IsSealed(memory, SharedSections.TotalBytes));
        Assert.Equal(-1, LibC.Truncate(descriptor, 0));
        Assert.Equal(-1, LibC.Truncate(descriptor, SharedSections.TotalBytes + 1));
        Assert.Equal(-1, LibC.Control(descriptor, AddSeals, NoWriting));
        await main.CallAsync(nameof(IOwnerServer.ConnectAsync), Token, new WireOwner(HostileOwner.Sid, true, TimeSpan.FromMinutes(1).Ticks, Shares: true));
        IOwnerChannel channel = (await arena.Fixture.Gateway.First.WaitAsync(Token)).Channel;
        _buffer.AsSpan().Fill(9);
        ValueTask<OwnerCallResult> running = channel.InvokeAsync(Take(), Token);
        RawMessage asked = await main.ReadAsync(Token);
        Assert.Equal(0, LibC.Allocate(descriptor, PunchHoleAndKeepSize, 0, SharedSections.TotalBytes));
        await main.WriteAsync(RawPeer.Result(asked.Id!.Value, HostileOwner.Good with { Bytes = 1000 }), Token);
        Assert.Null((await running).Failure);
        Assert.Equal(new byte[1000], _buffer);
    }

    [Fact]
    public async Task An_owner_that_closes_its_memory_harms_only_itself_and_one_that_goes_away_fails_its_call()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token, shares: true);
        owner.Blocks!.Dispose();
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(Take(), Token);
        (long id, _) = await owner.CalledAsync(Token);
        await owner.Main.WriteAsync(RawPeer.Result(id, HostileOwner.Good with { Bytes = 1000 }), Token);
        Assert.Equal(1000, (await running).Section.Bytes);
        ValueTask<OwnerCallResult> next = owner.Channel.InvokeAsync(OwnerCall.Give(OwnerCallKind.RestoreBaseDataSection, default, _buffer, true), Token);
        await owner.CalledAsync(Token);
        await owner.Main.DisposeAsync();
        Assert.Equal(ErrorCode.ServerTerminated, (await next).Failure!.Code);
        await arena.IsAloneAsync(Token);
        Assert.Equal(ErrorCode.ServerTerminated, (await owner.Channel.InvokeAsync(Take(), Token)).Failure!.Code);
    }

    [Fact]
    public async Task Descriptors_that_an_owner_sends_are_not_taken_and_their_bytes_are_no_section()
    {
        const int HeaderBytes = 12;
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token, shares: true);
        using SafeFileHandle memory = SharedMemory.Create(4096);
        for (int i = 0; i < HeaderBytes; i++)
        {
            DescriptorMessage.Send(owner.Sections.Stream.Socket.SafeHandle, memory);
        }

        OwnerCall tooLongForMemory = OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, new byte[SharedSections.BlockBytes + 1]);
        Assert.Equal(ErrorCode.Corrupt, (await owner.Channel.InvokeAsync(tooLongForMemory, Token)).Failure!.Code);
        await arena.DisconnectedAsync(owner.Main, "of call 0;", Token);
    }

    [Fact]
    public async Task A_session_gets_memory_once_between_its_second_connection_and_its_owner_who_has_the_right()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer main = await arena.ConnectAsync(Purpose.Owner, Token);
        Assert.Equal(ErrorCode.NotReady, await ShareAsync(main));
        await using RawPeer sections = await SectionsOfAsync(arena, main);
        Assert.Equal(ErrorCode.PermissionDenied, await ShareAsync(main, SecureId.Engine.Value));
        WireOwner claims = new(HostileOwner.Sid, true, TimeSpan.FromMinutes(1).Ticks, Shares: true);
        await using HostileOwner connected = await HostileOwner.ConnectAsync(arena, Token);
        Assert.Equal(ErrorCode.NotReady, await ShareAsync(connected.Main));
        Assert.Equal(ErrorCode.Success, await ShareAsync(main));
        Assert.Equal(ErrorCode.NotReady, await ShareAsync(main));
        await using RawPeer liar = await arena.ConnectAsync(Purpose.Owner, Token);
        await using RawPeer second = await SectionsOfAsync(arena, liar);
        Assert.Equal(ErrorCode.NotReady, (await liar.CallAsync(nameof(IOwnerServer.ConnectAsync), Token, claims)).Code);
    }

    private static async Task<ErrorCode> ShareAsync(RawPeer main, uint owner = HostileOwner.Sid) =>
        await main.CallAsync(nameof(IOwnerServer.ShareAsync), Token, owner) is { Error: not null } refused ? refused.Code : ErrorCode.Success;

    private static async Task<RawPeer> SectionsOfAsync(Arena arena, RawPeer main) =>
        await arena.ConnectAsync(Purpose.Sections, Token, (await main.CallAsync(nameof(IOwnerServer.PrepareAsync), Token)).As<byte[]>());

    private OwnerCall Take() => OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, _buffer);
}
