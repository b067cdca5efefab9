namespace Conn;

/// <summary>The outcome of an operation as a number: 0 is success, known failures are negative, owners may add their own.</summary>
/// <param name="Value">The number as it is stored, sent and reported. Any 32-bit value; 0 by default.</param>
/// <remarks>
/// An open set: a value without a name here survives being stored, sent and reported. Names and numbers are those of the
/// original system-wide error codes. Two codes are equal when their numbers are.
/// </remarks>
public readonly record struct ErrorCode(int Value)
{
    /// <summary>Success (0).</summary>
    public static ErrorCode Success => new(0);

    /// <summary>What was asked for does not exist (-1).</summary>
    public static ErrorCode NotFound => new(-1);

    /// <summary>A failure without a better name (-2).</summary>
    public static ErrorCode General => new(-2);

    /// <summary>The operation was cancelled (-3).</summary>
    public static ErrorCode Cancel => new(-3);

    /// <summary>No memory was left (-4).</summary>
    public static ErrorCode NoMemory => new(-4);

    /// <summary>The operation is not supported here (-5).</summary>
    public static ErrorCode NotSupported => new(-5);

    /// <summary>An argument is not legal (-6).</summary>
    public static ErrorCode Argument => new(-6);

    /// <summary>A handle is not, or no longer, valid (-8).</summary>
    public static ErrorCode BadHandle => new(-8);

    /// <summary>The value is larger than the buffer; what fits was copied (-9).</summary>
    public static ErrorCode Overflow => new(-9);

    /// <summary>Less data than needed (-10).</summary>
    public static ErrorCode Underflow => new(-10);

    /// <summary>It exists already (-11).</summary>
    public static ErrorCode AlreadyExists => new(-11);

    /// <summary>A folder on the way does not exist (-12).</summary>
    public static ErrorCode PathNotFound => new(-12);

    /// <summary>Another holder has it; the message names the holder (-14).</summary>
    public static ErrorCode InUse => new(-14);

    /// <summary>The other side went away (-15).</summary>
    public static ErrorCode ServerTerminated => new(-15);

    /// <summary>Not in a state in which this is legal (-18).</summary>
    public static ErrorCode NotReady => new(-18);

    /// <summary>An unknown failure (-19).</summary>
    public static ErrorCode Unknown => new(-19);

    /// <summary>The data is not what it should be (-20).</summary>
    public static ErrorCode Corrupt => new(-20);

    /// <summary>Access is refused (-21).</summary>
    public static ErrorCode AccessDenied => new(-21);

    /// <summary>The disk is full (-26).</summary>
    public static ErrorCode DiskFull => new(-26);

    /// <summary>Nothing was heard in time (-33).</summary>
    public static ErrorCode TimedOut => new(-33);

    /// <summary>A buffer's description is not legal (-38).</summary>
    public static ErrorCode BadDescriptor => new(-38);

    /// <summary>The value is above the limit (-40).</summary>
    public static ErrorCode TooBig => new(-40);

    /// <summary>A policy or a missing right refuses it (-46).</summary>
    public static ErrorCode PermissionDenied => new(-46);

    /// <summary>An owner freed itself because its engine was not heard of for a lease (-1001, ours).</summary>
    public static ErrorCode LeaseExpired => new(-1001);

    /// <summary>Another client published since the expected revision (-1002, ours). Read again and decide again.</summary>
    public static ErrorCode Changed => new(-1002);

    /// <summary>True for 0.</summary>
    public bool IsSuccess => Value == 0;

    /// <summary>True when the same call may succeed later without a change by the user: in use, timed out, disk full, not ready.</summary>
    public bool IsTransient => this == InUse || this == TimedOut || this == DiskFull || this == NotReady;

    /// <summary>The code's name, or <c>Code(n)</c> for a number without one. Stable: reports and scripts rely on it.</summary>
    public string Name => ErrorCodeNames.NameOf(Value);

    /// <summary>Finds a known code by its <see cref="Name"/>, or reads <c>Code(n)</c> back.</summary>
    /// <param name="name">A name as <see cref="Name"/> gives it; case counts.</param>
    /// <param name="code">The code, or <see cref="Success"/> when the name is unknown.</param>
    /// <returns>True when the name was understood.</returns>
    public static bool TryParse(string? name, out ErrorCode code) => ErrorCodeNames.TryParse(name, out code);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
