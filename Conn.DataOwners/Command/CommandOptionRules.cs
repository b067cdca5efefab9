namespace Conn.DataOwners.Command;

/// <summary>What the options of a command owner must be, checked before anything is started.</summary>
internal static class CommandOptionRules
{
    /// <exception cref="ArgumentException">A path, an argument or a variable is not legal.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of its range.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public static void Check(CommandOwnerOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Program);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.KillAfter, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.KillAfter, TimeSpan.FromHours(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.StageTimeout ?? TimeSpan.MaxValue, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.StageTimeout ?? TimeSpan.Zero, TimeSpan.FromDays(24));
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("A command owner needs Linux: it stops programs by their process group.");
        }

        if (options.Arguments.Any(static a => a is null || a.Contains('\0', StringComparison.Ordinal)))
        {
            throw new ArgumentException("An argument is null or contains NUL.", nameof(options));
        }

        if (options.Environment.FirstOrDefault(static v => !IsVariable(v.Key, v.Value)) is { Key: { } name })
        {
            throw new ArgumentException(
                $"The variable \"{name}\" is not legal: a name is not empty, has no = and does not begin with CONN_; there is no NUL.", nameof(options));
        }
    }

    private static bool IsVariable(string name, string value) => name.Length > 0 && name.AsSpan().IndexOfAny('=', '\0') < 0
        && !name.StartsWith("CONN_", StringComparison.Ordinal) && value is not null && !value.Contains('\0', StringComparison.Ordinal);
}
