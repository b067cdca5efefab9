using System.Globalization;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>Requests to the host behind a server.</summary>
public sealed class RequestTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_is_answered_after_its_reports()
    {
        await using ServerFixture server = Serve((request, _) =>
        {
            request.Report("half");
            return Task.FromResult($"{request.Name} {request.Document} of {request.Peer.Process}");
        });
        await using IpcRequester requester = await IpcRequester.ConnectAsync(server.Client, Token);
        List<string> reports = [];
        Assert.Equal($"add 1+1 of {Environment.ProcessId}", await requester.AskAsync("add", "1+1", reports.Add, Token));
        Assert.Equal(["half"], reports);
    }

    [Fact]
    public async Task Ten_thousand_reports_of_a_request_arrive_in_order_and_the_last_one_always()
    {
        await using ServerFixture server = Serve((request, _) =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                request.Report(i.ToString(CultureInfo.InvariantCulture));
            }

            return Task.FromResult("");
        });
        await using IpcRequester requester = await IpcRequester.ConnectAsync(server.Client, Token);
        List<int> reports = [];
        await requester.AskAsync("count", "", r => reports.Add(int.Parse(r, CultureInfo.InvariantCulture)), Token);
        Assert.Equal(reports.Order(), reports);
        Assert.Equal(9_999, reports[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_is_cancelled_or_whose_process_is_gone_is_cancelled_at_the_server(bool gone)
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ServerFixture server = Serve(async (_, token) =>
        {
            using CancellationTokenRegistration registration = token.Register(() => cancelled.TrySetResult());
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return "";
        });
        IpcRequester requester = await IpcRequester.ConnectAsync(server.Client, Token);
        using CancellationTokenSource stop = new();
        Task<string> asked = requester.AskAsync("wait", "", null, stop.Token);
        await begun.Task.WaitAsync(Token);
        await (gone ? requester.DisposeAsync().AsTask() : stop.CancelAsync());
        await cancelled.Task.WaitAsync(Token);
        Exception? failure = await Record.ExceptionAsync(() => asked);
        Assert.True(gone ? failure is ConnException { Code: var code } && code == ErrorCode.ServerTerminated : failure is OperationCanceledException, $"{failure}");
        await requester.DisposeAsync();
        await server.ServesAsync(Token);
    }

    [Fact]
    public async Task A_refusal_reaches_the_process_as_code_and_sentence_and_any_other_exception_without_its_words()
    {
        await using ServerFixture server = Serve((request, _) =>
            throw (request.Name == "refuse" ? new ConnException(ErrorCode.InUse, "Try again.") : new InvalidOperationException("a secret")));
        await using IpcRequester requester = await IpcRequester.ConnectAsync(server.Client, Token);
        ConnException refused = await Assert.ThrowsAsync<ConnException>(() => requester.AskAsync("refuse", "", null, Token));
        Assert.Equal((ErrorCode.InUse, "Try again."), (refused.Code, refused.Message));
        ConnException failed = await Assert.ThrowsAsync<ConnException>(() => requester.AskAsync("fail", "", null, Token));
        Assert.Equal(ErrorCode.General, failed.Code);
        Assert.DoesNotContain("secret", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_without_the_right_to_ask_is_refused()
    {
        IpcIdentityPolicy quiet = new(new Dictionary<uint, IpcGrant> { [SocketBus.User] = new() { Capabilities = CapabilitySet.All } });
        await using ServerFixture server = new(o => o with { Requests = static (_, _) => Task.FromResult(""), Identities = quiet });
        ConnException refused = await Assert.ThrowsAsync<ConnException>(() => IpcRequester.ConnectAsync(server.Client, Token));
        Assert.Equal(ErrorCode.PermissionDenied, refused.Code);
        await server.ServesAsync(Token);
    }

    private static ServerFixture Serve(Func<IpcRequest, CancellationToken, Task<string>> answer) => new(o => o with { Requests = answer });
}
