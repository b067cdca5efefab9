using System.Diagnostics;

namespace Conn.Testing.Time;

/// <summary>A scenario broke a rule of virtual time; the message says which.</summary>
public sealed class VirtualTimeException : Exception
{
    /// <summary>Makes a failure.</summary>
    /// <param name="message">What happened.</param>
    public VirtualTimeException(string message)
        : base(message)
    {
    }

    /// <summary>The failure of something that has no place in virtual time.</summary>
    internal static VirtualTimeException Foreign(string what) => new(char.ToUpperInvariant(what[0]) + what[1..] + (IsOfTimer(new StackTrace())
        ? " happened on a foreign thread: something waited by the wall clock (Task.Delay, a timer or a time-out) instead of the virtual clock."
        : " happened on a foreign thread: something on the way moved its work to the thread pool (Task.Run, ConfigureAwait(false)), or it awaits real work: wrap that in RealAsync, or set RealWork of the owner's subject."));

    private static bool IsOfTimer(StackTrace stack) =>
        stack.GetFrames().Any(f => DiagnosticMethodInfo.Create(f)?.DeclaringTypeName?.StartsWith("System.Threading.Timer", StringComparison.Ordinal) == true);
}
