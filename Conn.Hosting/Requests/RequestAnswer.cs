using Conn.Engine;
using Conn.Repository;

namespace Conn.Hosting.Requests;

/// <summary>An answer: a document, or why there is none.</summary>
internal sealed record RequestAnswer
{
    /// <summary>Gets the document, or null.</summary>
    public string? Document { get; init; }

    /// <summary>Gets the sentence of a failure, or null.</summary>
    public string? Message { get; init; }

    public ErrorCode Code { get; init; }

    /// <summary>Gets why the engine refused, if it did.</summary>
    public OperationRefusal? Refusal { get; init; }

    /// <summary>Gets how the repository failed, if it did.</summary>
    public RepositoryFailure? Failure { get; init; }

    /// <summary>Gets the set that a failure of the repository is about, or null.</summary>
    public string? Set { get; init; }

    public static RequestAnswer Of(Exception failure) => failure switch
    {
        OperationRefusedException e => new RequestAnswer { Message = e.Message, Code = e.Code, Refusal = e.Refusal },
        RepositoryException e => new RequestAnswer { Message = e.Message, Code = e.Code, Failure = e.Failure, Set = e.Set },
        ConnException e => new RequestAnswer { Message = e.Message, Code = e.Code },
        _ => new RequestAnswer { Message = "The operation was aborted.", Code = ErrorCode.Cancel },
    };

    /// <summary>Gets the document.</summary>
    /// <exception cref="ConnException">The failure, as the host threw it.</exception>
    /// <exception cref="OperationCanceledException">The operation was aborted there.</exception>
    public string Required() => Document ?? throw (
        Refusal is { } refusal ? new OperationRefusedException(refusal, Code, Message ?? "")
        : Failure is { } failure ? new RepositoryException(failure, Message ?? "", Set)
        : Code == ErrorCode.Cancel ? new OperationCanceledException(Message)
        : new ConnException(Code, Message ?? ""));
}
