using System.Net.Sockets;
using PolyType;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Conn.Ipc;

/// <summary>Calls in both directions over one stream. Errors cross as a code and a sentence of ours. The calls of a peer that is not trusted are bounded.</summary>
internal sealed class WireRpc : JsonRpc
{
    private const int OurCodesFrom = -32000;

    private readonly WireHandler _handler;
    private string? _fault;

    /// <summary>Makes the end of a connection whose peer is trusted: a client's.</summary>
    public WireRpc(Stream stream)
        : this(new WireHandler(stream, new WireFormatter(int.MaxValue), null))
    {
    }

    private WireRpc(WireHandler handler)
        : base(handler)
    {
        _handler = handler;
        CancelLocallyInvokedMethodsWhenConnectionIsClosed = true;
        handler.Quick = Quick = new QuickCalls(this);
        Disconnected += (_, e) =>
        {
            SetFault(FaultOf(e));

            Quick.Lose();

            // Each call that it ends says so too; who does not wait for the end of the connection has lost no exception.
            Completion.Observe();
        };
    }

    /// <summary>Why the connection was ended from this side; null when it was not.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    /// <summary>The same connection. Proxies are made by it: the library generates them where they are asked of its own type.</summary>
    public JsonRpc Library => this;

    /// <summary>The calls that are made most.</summary>
    public QuickCalls Quick { get; }

    /// <summary>Makes the end of a connection whose peer is not trusted: the server's.</summary>
    public static WireRpc OfServer(Stream stream) => new(new WireHandler(stream, new WireFormatter(WireFormatter.MaxServerValues), new WireLoad()));

    /// <summary>Turns the failure of a call into ours.</summary>
    public static ConnException Translate(Exception failure) => failure switch
    {
        ConnException known => known,
        RemoteInvocationException remote => Refusal(remote.ErrorCode, remote.Message),
        RemoteRpcException and not ConnectionLostException => Refusal(0, null),
        _ => Lost(),
    };

    /// <summary>What a call gets whose connection is lost.</summary>
    public static ConnException Lost() => new(ErrorCode.ServerTerminated, "The connection to the server was lost.");

    /// <summary>Whether a message could not be sent because the connection is lost.</summary>
    public static bool IsLoss(Exception failure) => failure is OperationCanceledException or ObjectDisposedException or IOException or InvalidOperationException;

    /// <summary>Turns the refusal of a peer into ours.</summary>
    public static ConnException Refusal(int code, string? sentence) => code is > OurCodesFrom and not 0 && sentence is not null
        ? new ConnException(new ErrorCode(code), sentence)
        : new ConnException(ErrorCode.General, "The other side could not answer the call.");

    /// <summary>Has calls of the other side carried out.</summary>
    public void Serve<T>(T target)
        where T : class, IShapeable<T> => AddLocalRpcTarget(RpcTargetMetadata.FromShape<T>(), target, null);

    /// <summary>Sends a quick call.</summary>
    public ValueTask SendAsync(QuickMessage call) => _handler.WriteAsync(call, CancellationToken.None);

    /// <summary>Sends the answer of a quick call, when it is there. A failure to send is the loss of the connection, which the event and each call tell.</summary>
    public async Task AnswerAsync(ValueTask<QuickMessage> call, long id, long bytesOfCall)
    {
        JsonRpcMessage answer;
        _handler.Load?.Take(bytesOfCall);
        try
        {
            answer = await call.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, it is told to the other side, as the library does.
        catch (Exception e)
#pragma warning restore CA1031
        {
            answer = new JsonRpcError { RequestId = new RequestId(id), Error = ErrorOf(e) };
        }
        finally
        {
            _handler.Load?.Give(bytesOfCall);
        }

        try
        {
            await SendCountedAsync(answer, (answer as QuickMessage)?.Bytes.Length ?? 0, CancellationToken.None);
        }
        catch (Exception e) when (IsLoss(e))
        {
        }
    }

    /// <summary>Ends the connection because of what the peer did.</summary>
    public void End(string fault)
    {
        SetFault(fault);
        Dispose();
    }

    protected override async ValueTask<JsonRpcMessage> DispatchRequestAsync(JsonRpcRequest request, TargetMethod targetMethod, CancellationToken cancellationToken)
    {
        if (_handler.Load is not { } load)
        {
            return await base.DispatchRequestAsync(request, targetMethod, cancellationToken);
        }

        // Nothing else is read before this method is called.
        long bytes = _handler.LastBytes;
        load.Take(bytes);
        try
        {
            return await base.DispatchRequestAsync(request, targetMethod, cancellationToken);
        }
        finally
        {
            load.Give(bytes);
        }
    }

    protected override async ValueTask SendAsync(JsonRpcMessage message, CancellationToken cancellationToken)
    {
        if (message is JsonRpcError { Error: { } error })
        {
            Plain(error);
        }

        if (message is JsonRpcRequest { IsNotification: true })
        {
            await NotifyAsync(message, cancellationToken);
            return;
        }

        if (message is JsonRpcRequest)
        {
            await base.SendAsync(message, cancellationToken);
            return;
        }

        await SendCountedAsync(message, message is JsonRpcResult { Result: { } result } ? BytesOf(result) : 0, cancellationToken);
    }

    protected override JsonRpcError.ErrorDetail CreateErrorDetails(JsonRpcRequest request, Exception exception) => ErrorOf(exception);

    private static JsonRpcError.ErrorDetail ErrorOf(Exception exception)
    {
        (ErrorCode code, string message) = exception switch
        {
            ConnException known => (known.Code, known.Message),
            OperationCanceledException => (ErrorCode.Cancel, "The call was cancelled."),
            ObjectDisposedException => (ErrorCode.BadHandle, "The client is closed."),
            _ => (ErrorCode.General, "The call failed."),
        };
        return new JsonRpcError.ErrorDetail { Code = (JsonRpcErrorCode)code.Value, Message = message };
    }

    // The library's own errors have names of types and stacks in them.
    private static void Plain(JsonRpcError.ErrorDetail error)
    {
        if ((int)error.Code > OurCodesFrom || error.Code == JsonRpcErrorCode.RequestCanceled)
        {
            return;
        }

        (ErrorCode code, error.Message) = error.Code switch
        {
            JsonRpcErrorCode.MethodNotFound => (ErrorCode.NotSupported, "The other side has no such call."),
            JsonRpcErrorCode.InvalidParams => (ErrorCode.Argument, "The arguments are not those of the call."),
            _ => (ErrorCode.General, "The call failed."),
        };
        error.Code = (JsonRpcErrorCode)code.Value;
        error.Data = null;
    }

    // Nobody awaits a notification: its failure is the loss of the connection, which the event and each call tell.
    private async Task NotifyAsync(JsonRpcMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await base.SendAsync(message, cancellationToken);
        }
        catch (Exception e) when (IsLoss(e))
        {
        }
    }

    // An answer waits here while the peer does not read.
    private async ValueTask SendCountedAsync(JsonRpcMessage answer, long bytes, CancellationToken cancellationToken)
    {
        _handler.Load?.Take(bytes);
        try
        {
            await base.SendAsync(answer, cancellationToken);
        }
        finally
        {
            _handler.Load?.Give(bytes);
        }
    }

    private static long BytesOf(object result) => result switch
    {
        WireList list => list.Properties.Sum(static p => 128L + (p.Current.Bytes?.Length ?? 0)),
        WireReading reading => reading.Value.Bytes?.Length ?? 0,
        WireEvents events => events.Events.Sum(static e => 128L + (e.Change.Bytes?.Length ?? 0)),
        WireSubscription[] subscriptions => 64L * subscriptions.Length,
        _ => 0,
    };

    private static string? FaultOf(JsonRpcDisconnectedEventArgs e) => (e.Reason, e.Exception) switch
    {
        (DisconnectedReason.LocallyDisposed or DisconnectedReason.RemotePartyTerminated, _) => null,
        (DisconnectedReason.RemoteProtocolViolation, _) => "it answered a call that does not run",
        (_, ConnException known) => known.Message,
        (_, IOException or SocketException or ObjectDisposedException or OperationCanceledException) => null,
        _ => "it sent what is no message of this protocol",
    };

    private void SetFault(string? fault) => Interlocked.CompareExchange(ref _fault, fault, null);
}
