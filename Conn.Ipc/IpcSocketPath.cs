namespace Conn.Ipc;

/// <summary>Finds the socket of this user's server.</summary>
public static class IpcSocketPath
{
    /// <summary>The variable of the environment that names the socket.</summary>
    public const string Variable = "CONN_SOCKET";

    /// <summary>The longest path of a socket in bytes (107).</summary>
    public const int MaxBytes = 107;

    /// <summary>Finds the path: <c>$CONN_SOCKET</c>, from the current folder if it is relative, else <c>/run/conn/conn.sock</c> for root, else <c>$XDG_RUNTIME_DIR/conn/conn.sock</c>.</summary>
    /// <returns>A full path.</returns>
    /// <exception cref="ConnException">NotFound: none of them is set. Argument: the path is too long.</exception>
    public static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return Checked(Path.GetFullPath(named));
        }

        if (LibC.EffectiveUser() == 0)
        {
            return "/run/conn/conn.sock";
        }

        return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime
            ? Checked(Path.Combine(runtime, "conn", "conn.sock"))
            : throw new ConnException(ErrorCode.NotFound, $"There is no place for the socket: XDG_RUNTIME_DIR is not set. Set {Variable} to the path of the socket.");
    }

    internal static string Checked(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Path.IsPathFullyQualified(path))
        {
            throw new ConnException(ErrorCode.Argument, $"The path of the socket, '{path}', is not a full path.");
        }

        int length = System.Text.Encoding.UTF8.GetByteCount(path);
        return length <= MaxBytes ? path : throw new ConnException(
            ErrorCode.Argument, $"The path of the socket, '{path}', has {length} bytes; {MaxBytes} are the most. Choose a shorter one with {Variable}.");
    }
}
