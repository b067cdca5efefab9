using MessagePack;

namespace Conn.Ipc;

/// <summary>Carries out the quick calls of the other side, of one method.</summary>
internal interface IQuickTarget
{
    /// <summary>The method.</summary>
    string Method { get; }

    /// <summary>Carries out a call. Until it returns it does not block, and runs no code of users.</summary>
    /// <param name="arguments">Before the array of the arguments.</param>
    /// <param name="id">The number of the call.</param>
    /// <returns>The answer. Its failure is told as that of any call.</returns>
    /// <exception cref="Exception">It is refused, or the arguments are not those of the method; nothing was changed.</exception>
    ValueTask<QuickMessage> Serve(ref MessagePackReader arguments, long id);
}
