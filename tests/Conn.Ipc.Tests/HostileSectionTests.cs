using System.Runtime.Versioning;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>What comes through the connection for sections is checked before it is used.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HostileSectionTests
{
    private static readonly OwnerCall Taking = OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, new byte[1000]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1001)]
    [InlineData(1 << 20)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public async Task A_length_that_is_negative_or_more_than_the_block_ends_the_connection(int length)
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(Taking, Token);
        (_, WireCall call) = await owner.CalledAsync(Token);
        await owner.SendSectionAsync(call.Id, length, 1000, Token);
        Assert.Equal(ErrorCode.Corrupt, (await running).Failure!.Code);
        await arena.DisconnectedAsync(owner.Main, $"{length} bytes", Token);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_section_of_another_call_ends_the_connection(long call)
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(Taking, Token);
        await owner.CalledAsync(Token);
        await owner.SendSectionAsync(call, 10, 10, Token);
        Assert.Equal(ErrorCode.Corrupt, (await running).Failure!.Code);
        await arena.DisconnectedAsync(owner.Main, $"of call {call};", Token);
    }

    [Fact]
    public async Task A_section_for_no_call_ends_the_connection_with_the_next_call()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        await owner.SendSectionAsync(77, 10, 10, Token);
        Assert.Equal(ErrorCode.Corrupt, (await owner.Channel.InvokeAsync(Taking, Token)).Failure!.Code);
        await arena.DisconnectedAsync(owner.Main, "of call 77;", Token);
    }

    [Fact]
    public async Task An_owner_that_closes_only_its_connection_for_sections_is_disconnected_with_the_next_section()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        await owner.Sections.DisposeAsync();
        Assert.Equal(ErrorCode.ServerTerminated, (await owner.Channel.InvokeAsync(Taking, Token)).Failure!.Code);
        await arena.DisconnectedAsync(owner.Main, "The connection for sections has ended", Token);
    }

    [Fact]
    public async Task A_session_takes_one_connection_for_sections()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        Assert.Equal(ErrorCode.InUse, (await Assert.ThrowsAsync<ConnException>(() => arena.ConnectAsync(Purpose.Sections, Token, owner.Token))).Code);
        Assert.Contains("was refused", await arena.Fixture.Logged.WaitAsync(Token), StringComparison.Ordinal);

        // The first one carries the sections.
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(Taking, Token);
        (long id, WireCall call) = await owner.CalledAsync(Token);
        await owner.SendSectionAsync(call.Id, 10, 10, Token);
        await owner.Main.WriteAsync(RawPeer.Result(id, HostileOwner.Good with { Bytes = 10 }), Token);
        Assert.Equal(10, (await running).Section.Bytes);
    }

    [Fact]
    public async Task A_token_names_a_session_until_that_has_ended_or_has_asked_for_another()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        Assert.Equal(ErrorCode.PermissionDenied, await SectionsAsync(new byte[16]));
        await using (RawPeer main = await arena.ConnectAsync(Purpose.Owner, Token))
        {
            byte[] first = (await main.CallAsync(nameof(IOwnerServer.PrepareAsync), Token)).As<byte[]>();
            byte[] second = (await main.CallAsync(nameof(IOwnerServer.PrepareAsync), Token)).As<byte[]>();
            Assert.Equal(ErrorCode.PermissionDenied, await SectionsAsync(first));
            await main.DisposeAsync();
            await arena.IsAloneAsync(Token);
            Assert.Equal(ErrorCode.PermissionDenied, await SectionsAsync(second));
        }

        await arena.Fixture.LogsAsync(3, Token);
        Assert.Equal(3, arena.Fixture.Lines.Count);

        async Task<ErrorCode> SectionsAsync(byte[] token) =>
            (await Assert.ThrowsAsync<ConnException>(() => arena.ConnectAsync(Purpose.Sections, Token, token))).Code;
    }

    [Fact]
    public async Task An_owner_connects_once_after_its_connection_for_sections_and_asks_nothing_before()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer early = await arena.ConnectAsync(Purpose.Owner, Token);
        WireOwner owner = new(HostileOwner.Sid, true, TimeSpan.FromMinutes(1).Ticks);
        Assert.Equal(ErrorCode.NotReady, (await early.CallAsync(nameof(IOwnerServer.ConnectAsync), Token, owner)).Code);
        Assert.Equal(ErrorCode.NotReady, (await early.CallAsync(nameof(IOwnerServer.ModeAsync), Token)).Code);
        Assert.Equal(ErrorCode.NotReady, (await early.CallAsync(nameof(IOwnerServer.ConfirmAsync), Token, 0)).Code);
        Assert.Equal(ErrorCode.Argument, (await early.CallAsync(nameof(IOwnerServer.ConnectAsync), Token, [null])).Code);
        Assert.Equal(ErrorCode.PermissionDenied, (await early.CallAsync(nameof(IOwnerServer.ConnectAsync), Token, owner with { SecureId = SecureId.Engine.Value })).Code);
        await using HostileOwner connected = await HostileOwner.ConnectAsync(arena, Token);
        Assert.Equal(ErrorCode.NotReady, (await connected.Main.CallAsync(nameof(IOwnerServer.ConnectAsync), Token, owner)).Code);
        Assert.Equal(ErrorCode.NotReady, (await connected.Main.CallAsync(nameof(IOwnerServer.PrepareAsync), Token)).Code);
    }
}
