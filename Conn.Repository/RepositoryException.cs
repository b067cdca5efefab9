namespace Conn.Repository;

/// <summary>A repository refused or failed. The message says what was asked, what was found, and what would help.</summary>
public sealed class RepositoryException : Exception
{
    /// <summary>Makes a failure of <see cref="RepositoryFailure.Io"/>.</summary>
    public RepositoryException()
        : this(RepositoryFailure.Io, "The repository failed.")
    {
    }

    /// <summary>Makes a failure of <see cref="RepositoryFailure.Io"/>.</summary>
    /// <param name="message">What was asked, what was found, what would help.</param>
    public RepositoryException(string message)
        : this(RepositoryFailure.Io, message)
    {
    }

    /// <summary>Makes a failure of <see cref="RepositoryFailure.Io"/>.</summary>
    /// <param name="message">What was asked, what was found, what would help.</param>
    /// <param name="innerException">What caused it.</param>
    public RepositoryException(string message, Exception? innerException)
        : this(RepositoryFailure.Io, message, null, innerException)
    {
    }

    /// <summary>Makes a failure.</summary>
    /// <param name="failure">What went wrong.</param>
    /// <param name="message">What was asked, what was found, what would help.</param>
    /// <param name="set">Id of the set concerned, or null.</param>
    /// <param name="innerException">What caused it, or null.</param>
    public RepositoryException(RepositoryFailure failure, string message, string? set = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Failure = failure;
        Set = set;
    }

    /// <summary>What went wrong.</summary>
    public RepositoryFailure Failure { get; }

    /// <summary>Id of the set concerned, or null when it is the repository as a whole.</summary>
    public string? Set { get; }

    /// <summary>Makes a new exception from a failure that another thread or an earlier call met; that failure becomes its cause.</summary>
    internal static RepositoryException Again(Exception failure) => failure is RepositoryException known
        ? new RepositoryException(known.Failure, known.Message, known.Set, known)
        : new RepositoryException(RepositoryFailure.Io, failure.Message, null, failure);
}
