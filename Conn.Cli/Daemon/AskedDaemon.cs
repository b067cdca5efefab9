using Conn.Cli.Verbs;
using Conn.Hosting;
using Conn.Ipc;

namespace Conn.Cli.Daemon;

/// <summary>The daemon that a verb asks because the command line names no repository.</summary>
internal static class AskedDaemon
{
    /// <summary>Asks for an operation, and waits for its end.</summary>
    /// <exception cref="ConnException">Cancel: somebody else ended it, or the daemon was stopped.</exception>
    public static async Task<T> AskAsync<T>(VerbContext context, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (OperationCanceledException) when (!context.Interrupted.IsCancellationRequested)
        {
            throw new ConnException(ErrorCode.Cancel,
                "The daemon ended the operation: it was aborted, or the daemon was stopped. Owners were released, and the repository is as it was before. Ask again.");
        }
    }

    /// <exception cref="UsageException">There is none.</exception>
    public static async Task<ConnRequester> ConnectAsync(VerbContext context, IpcClientOptions socket)
    {
        try
        {
            return await ConnRequester.ConnectAsync(socket, context.Interrupted);
        }
        catch (ConnException e) when (e.Code == ErrorCode.NotFound)
        {
            throw new UsageException($"No repository is named: {RepositoryOption.Ways(null)}. Without one the daemon is asked, and there is none. "
                + $"{e.Message} Try: conn --help");
        }
    }
}
