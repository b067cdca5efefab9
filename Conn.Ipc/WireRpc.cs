using MessagePack;
using MessagePack.Resolvers;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Conn.Ipc;

/// <summary>Calls in both directions over one stream. Errors cross as a code and a sentence of ours; a peer with too many calls at once is disconnected.</summary>
internal sealed class WireRpc : JsonRpc
{
    private const int MaxRunning = 4096;
    private const int OurCodesFrom = -32000;

    private int _running;

    public WireRpc(Stream stream)
        : base(new LengthHeaderMessageHandler(stream, stream, Formatter()))
    {
        CancelLocallyInvokedMethodsWhenConnectionIsClosed = true;
    }

    public static MessagePackSerializerOptions Options { get; } =
        MessagePackSerializerOptions.Standard.WithResolver(StandardResolverAllowPrivate.Instance).WithSecurity(MessagePackSecurity.UntrustedData);

    /// <summary>Why the connection was ended from this side; null when it was not.</summary>
    public string? Fault { get; private set; }

    /// <summary>Turns the failure of a call into ours.</summary>
    public static ConnException Translate(Exception failure) => failure switch
    {
        ConnException known => known,
        RemoteInvocationException remote when remote.ErrorCode is > OurCodesFrom and not 0 => new ConnException(new ErrorCode(remote.ErrorCode), remote.Message),
        RemoteRpcException and not ConnectionLostException => new ConnException(ErrorCode.General, "The other side could not answer the call."),
        _ => new ConnException(ErrorCode.ServerTerminated, "The connection to the server was lost."),
    };

    protected override async ValueTask<JsonRpcMessage> DispatchRequestAsync(JsonRpcRequest request, TargetMethod targetMethod, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _running) > MaxRunning)
        {
            Fault = $"it has more than {MaxRunning} calls at once";
            Dispose();
        }

        try
        {
            return await base.DispatchRequestAsync(request, targetMethod, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    protected override JsonRpcError.ErrorDetail CreateErrorDetails(JsonRpcRequest request, Exception exception)
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

    private static MessagePackFormatter Formatter()
    {
        MessagePackFormatter formatter = new();
        formatter.SetMessagePackSerializerOptions(Options);
        return formatter;
    }
}
