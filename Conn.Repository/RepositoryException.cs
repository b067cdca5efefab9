namespace Conn.Repository;

/// <summary>The exception that is thrown when a repository refuses a request or its storage fails.</summary>
public sealed class RepositoryException : ConnException
{
    /// <summary>Initializes an exception of <see cref="RepositoryFailure.Io"/>.</summary>
    public RepositoryException()
        : this(RepositoryFailure.Io, "The repository failed.")
    {
    }

    /// <summary>Initializes an exception of <see cref="RepositoryFailure.Io"/>.</summary>
    /// <param name="message">What failed, why, and what to do.</param>
    public RepositoryException(string message)
        : this(RepositoryFailure.Io, message)
    {
    }

    /// <summary>Initializes an exception of <see cref="RepositoryFailure.Io"/>.</summary>
    /// <param name="message">What failed, why, and what to do.</param>
    /// <param name="innerException">The cause, or null.</param>
    public RepositoryException(string message, Exception? innerException)
        : this(RepositoryFailure.Io, message, null, innerException)
    {
    }

    /// <summary>Initializes an exception.</summary>
    /// <param name="failure">The kind of failure.</param>
    /// <param name="message">What failed, why, and what to do.</param>
    /// <param name="set">Id of the set concerned, or null.</param>
    /// <param name="innerException">The cause, or null.</param>
    public RepositoryException(RepositoryFailure failure, string message, string? set = null, Exception? innerException = null)
        : base(failure.ToCode(), message, innerException)
    {
        Failure = failure;
        Set = set;
    }

    /// <summary>Gets the kind of failure.</summary>
    public RepositoryFailure Failure { get; }

    /// <summary>Gets the id of the set concerned, or null when the failure concerns the repository as a whole.</summary>
    public string? Set { get; }

    /// <summary>Gets who holds the repository, with <see cref="RepositoryFailure.InUse"/> of a writer: the name that it gave, as a rule its program and process
    /// id. Else null.</summary>
    public string? Holder { get; init; }

    /// <summary>Gets whether a file is encrypted with a key that was replaced, and is not what was stored then: somebody who knows that key may have written it.
    /// <see cref="Failure"/> is Damaged then.</summary>
    public bool IsForged { get; init; }

    /// <summary>Makes a new exception for a failure that another thread or an earlier call met; that failure becomes its cause.</summary>
    internal static RepositoryException Again(Exception failure) => failure is RepositoryException known
        ? new RepositoryException(known.Failure, known.Message, known.Set, known) { Holder = known.Holder, IsForged = known.IsForged }
        : new RepositoryException(RepositoryFailure.Io, failure.Message, null, failure);
}
