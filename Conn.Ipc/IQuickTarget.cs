using MessagePack;

namespace Conn.Ipc;

/// <summary>Carries out the quick calls of the other side, of one method.</summary>
internal interface IQuickTarget
{
    /// <summary>The method.</summary>
    string Method { get; }

    /// <summary>Carries out a call, without blocking, and without the code of users.</summary>
    /// <param name="arguments">Before the array of the arguments.</param>
    /// <param name="id">The number of the call.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="Exception">It is refused, or the arguments are not those of the method; nothing was changed.</exception>
    QuickMessage Serve(ref MessagePackReader arguments, long id);
}
