using System.Runtime.Versioning;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>What an owner's process answers wrongly fails its own calls, as values, and harms no other.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HostileOwnerTests
{
    private static readonly OwnerCall Asked = OwnerCall.On(OwnerCallKind.GetExpectedDataSize, DriveNumber.C);

    /// <summary>Answers that are no results, or fit no call.</summary>
    public static TheoryData<string> WrongAnswers => ["nothing", "a text", "a number", "an empty list", "a list of texts", "a map", "nested", "a list with a note that is nil", "too long a list"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_owner_that_answers_twice_is_disconnected()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(Asked, Token);
        (long id, _) = await owner.CalledAsync(Token);
        await owner.Main.WriteAsync(RawPeer.Result(id, HostileOwner.Good), Token);
        Assert.Equal(7, (await running).Number);
        await owner.Main.WriteAsync(RawPeer.Result(id, HostileOwner.Good with { Number = 8 }), Token);
        await arena.DisconnectedAsync(owner.Main, "it answered a call that does not run", Token);
    }

    [Fact]
    public async Task An_owner_that_answers_with_the_number_of_no_call_is_disconnected_and_its_call_fails()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(Asked, Token);
        (long id, _) = await owner.CalledAsync(Token);
        await owner.Main.WriteAsync(RawPeer.Result(id + 1000, HostileOwner.Good), Token);
        Assert.Equal(ErrorCode.ServerTerminated, (await running).Failure!.Code);
        await arena.DisconnectedAsync(owner.Main, "it answered a call that does not run", Token);
    }

    [Fact]
    public async Task An_answer_that_comes_after_the_engine_gave_up_reaches_no_later_call()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        using CancellationTokenSource watchdog = new();
        ValueTask<OwnerCallResult> given = owner.Channel.InvokeAsync(Asked, watchdog.Token);
        (long late, _) = await owner.CalledAsync(Token);
        await watchdog.CancelAsync();
        Assert.Equal(nameof(IOwnerClient.CancelAsync), (await owner.Main.ReadAsync(Token)).Method);
        ValueTask<OwnerCallResult> next = owner.Channel.InvokeAsync(OwnerCall.Terminate(), Token);
        (long id, WireCall call) = await owner.CalledAsync(Token);
        Assert.Equal((int)OwnerCallKind.TerminateMultiStageOperation, call.Kind);
        await owner.Main.WriteAsync(RawPeer.Result(late, HostileOwner.Good with { Number = 99 }), Token);
        Assert.Equal(99, (await given).Number);
        Assert.False(next.IsCompleted);
        await owner.Main.WriteAsync(RawPeer.Result(id, HostileOwner.Good), Token);
        Assert.Equal(7, (await next).Number);
    }

    [Fact]
    public async Task Nothing_waits_for_an_answer_after_the_end_of_the_session()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        ValueTask<OwnerCallResult> asked = owner.Channel.InvokeAsync(Asked, Token);
        (long late, _) = await owner.CalledAsync(Token);
        ValueTask<OwnerCallResult> taking = owner.Channel.InvokeAsync(OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, new byte[100]), Token);
        (long failed, _) = await owner.CalledAsync(Token);
        await owner.Main.WriteAsync(RawPeer.Result(failed, HostileOwner.Good with { Code = ErrorCode.DiskFull.Value, Message = "no space" }), Token);
        ValueTask ending = owner.Channel.DisposeAsync();
        RawMessage end = await owner.Main.ReadAsync(Token);
        Assert.Equal(nameof(IOwnerClient.EndAsync), end.Method);
        await owner.Main.WriteAsync(RawPeer.Result(end.Id!.Value, null), Token);
        await ending;
        Assert.Equal(ErrorCode.ServerTerminated, (await asked).Failure!.Code);
        Assert.Equal(ErrorCode.ServerTerminated, (await taking).Failure!.Code);

        // It is no fault to be late, so it stays connected.
        await owner.Main.WriteAsync(RawPeer.Result(late, HostileOwner.Good), Token);
        Assert.Null((await owner.Main.CallAsync(nameof(IOwnerServer.ModeAsync), Token)).Error);
    }

    [Fact]
    public async Task An_owner_that_does_not_answer_the_end_of_its_session_is_disconnected()
    {
        await using Arena arena = await Arena.StartAsync(Token, static o => o with { WriteTimeout = TimeSpan.FromSeconds(1) });
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        await owner.Channel.DisposeAsync();
        await arena.DisconnectedAsync(owner.Main, "it did not answer the end of its session", Token);
    }

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    public async Task An_answer_that_is_no_result_fails_its_call_as_a_value(string what)
    {
        object? answer = what switch
        {
            "nothing" => null,
            "a text" => "yes",
            "a number" => 5,
            "an empty list" => RawBytes.Of(0x90),
            "a list of texts" => new[] { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" },
            "a map" => RawBytes.Of(0x81, 0x00, 0x00),
            "nested" => RawBytes.Nested(20),
            "a list with a note that is nil" => RawPeer.List(0, null, 0, false, 7L, null, RawPeer.List([null]), RawPeer.List(), null, 0),
            _ => RawPeer.List([.. Enumerable.Repeat<object>(1, 100_000)]),
        };
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(OwnerCall.On(OwnerCallKind.PrepareRestore, DriveNumber.C), Token);
        (long id, _) = await owner.CalledAsync(Token);
        await owner.Main.WriteAsync(RawPeer.Result(id, answer), Token);
        OwnerCallResult result = await running;

        Assert.Equal(ErrorCode.Corrupt, result.Failure!.Code);
        await arena.DisconnectedAsync(owner.Main, "PrepareRestore", Token);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1001)]
    [InlineData(5)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public async Task A_count_of_bytes_that_is_not_what_was_sent_fails_the_call(int claimed)
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, new byte[1000]), Token);
        (long id, WireCall call) = await owner.CalledAsync(Token);
        await owner.SendSectionAsync(call.Id, 10, 10, Token);
        await owner.Main.WriteAsync(RawPeer.Result(id, HostileOwner.Good with { Bytes = claimed }), Token);
        Assert.Equal(ErrorCode.BadDescriptor, (await running).Failure!.Code);
    }

    [Fact]
    public async Task Results_that_do_not_fit_the_call_are_refused_or_ignored()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using HostileOwner owner = await HostileOwner.ConnectAsync(arena, Token);
        Assert.Equal(ErrorCode.TooBig, (await AnsweredAsync(OwnerCallKind.PrepareRestore, HostileOwner.Good with { Token = new byte[5000] })).Failure!.Code);
        Assert.Equal(ErrorCode.BadDescriptor, (await AnsweredAsync(OwnerCallKind.TakeRemarks, HostileOwner.Good)).Failure!.Code);
        OwnerRemarks many = (await AnsweredAsync(
            OwnerCallKind.TakeRemarks, HostileOwner.Good with { Notes = [.. Enumerable.Repeat("x", 200_000)], Errors = [new string('y', 1_000_000)] })).Remarks!;
        Assert.True(many.Notes.Count <= 10_001 && many.Errors[0].Length < 5000);
        Assert.Equal(-1, (await AnsweredAsync(OwnerCallKind.GetExpectedDataSize, HostileOwner.Good with { Number = long.MinValue })).Number);
        Assert.NotNull((await AnsweredAsync(OwnerCallKind.GetExpectedDataSize, HostileOwner.Good with { Code = int.MinValue, Message = null })).Failure);
        Assert.Null((await AnsweredAsync(OwnerCallKind.Begin, HostileOwner.Good with { Features = int.MinValue })).Failure);

        async Task<OwnerCallResult> AnsweredAsync(OwnerCallKind kind, WireResult result)
        {
            ValueTask<OwnerCallResult> running = owner.Channel.InvokeAsync(OwnerCall.On(kind, DriveNumber.C), Token);
            (long id, _) = await owner.CalledAsync(Token);
            await owner.Main.WriteAsync(RawPeer.Result(id, result), Token);
            return await running;
        }
    }
}
