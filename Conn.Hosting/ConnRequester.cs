using Conn.Engine;
using Conn.Hosting.Requests;
using Conn.Ipc;

namespace Conn.Hosting;

/// <summary>Asks a host in another process of the machine, which listens on a socket: see <see cref="ConnBuilder.ListenOnSocket"/>. Any thread.</summary>
public sealed class ConnRequester : IAsyncDisposable
{
    private const string Nothing = "{}";

    private readonly IpcRequester _requester;

    private ConnRequester(IpcRequester requester) => _requester = requester;

    /// <summary>Connects to a host.</summary>
    /// <param name="options">Where its socket is; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The requester; the caller disposes it.</returns>
    /// <exception cref="ConnException">NotFound: no host listens there. AccessDenied or PermissionDenied: it refuses this user.</exception>
    public static async Task<ConnRequester> ConnectAsync(IpcClientOptions? options = null, CancellationToken cancellationToken = default) =>
        new(await IpcRequester.ConnectAsync(options, cancellationToken));

    /// <summary>Asks for a backup.</summary>
    /// <param name="ask">What; null for all owners, increments where possible.</param>
    /// <param name="progress">Called for each step, in order; a slow one misses some. Null for none.</param>
    /// <param name="cancellationToken">Aborts.</param>
    /// <returns>The report, without <see cref="BackupReport.Set"/>.</returns>
    /// <exception cref="ConnException">As <see cref="BackupEngine.BackupAsync"/>; ServerTerminated when the host is gone.</exception>
    /// <exception cref="OperationCanceledException">Aborted, by this caller or by another one.</exception>
    public async Task<BackupReport> BackupAsync(BackupAsk? ask = null, Action<OperationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        BackupReport.FromJson(await AskAsync(RequestNames.Backup, RequestJson.Write(ask ?? new BackupAsk(), RequestForms.Default.BackupAsk), progress, cancellationToken));

    /// <summary>Asks for a restore in place.</summary>
    /// <param name="ask">What; null for the newest set that holds all Required owners.</param>
    /// <param name="progress">Called for each step, in order; a slow one misses some. Null for none.</param>
    /// <param name="cancellationToken">Aborts before the commit; after it the restore is carried through.</param>
    /// <returns>The report.</returns>
    /// <exception cref="ConnException">As <see cref="BackupEngine.RestoreAsync"/>; ServerTerminated when the host is gone.</exception>
    /// <exception cref="OperationCanceledException">Aborted, by this caller or by another one.</exception>
    public async Task<RestoreReport> RestoreAsync(RestoreAsk? ask = null, Action<OperationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RestoreReport.FromJson(await AskAsync(RequestNames.Restore, RequestJson.Write(ask ?? new RestoreAsk(), RequestForms.Default.RestoreAsk), progress, cancellationToken));

    /// <summary>Asks where the host and its owners stand.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Mode, operation, owners, next backup.</returns>
    /// <exception cref="ConnException">NotReady: the host is starting or stopping. ServerTerminated: it is gone.</exception>
    public async Task<BackupStatus> StatusAsync(CancellationToken cancellationToken = default) =>
        RequestJson.Read(await AskAsync(RequestNames.Status, Nothing, null, cancellationToken), RequestForms.Default.BackupStatus);

    /// <summary>Asks to abort the operation that runs, and waits for its end.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The operation that was aborted; null when none ran.</returns>
    /// <exception cref="ConnException">ServerTerminated: the host is gone.</exception>
    public async Task<PastOperation?> AbortAsync(CancellationToken cancellationToken = default) =>
        RequestJson.Read(await AskAsync(RequestNames.Abort, Nothing, null, cancellationToken), RequestForms.Default.PastOperationArray).FirstOrDefault();

    /// <summary>Asks for the operations since the start of the host.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The newest 256, oldest first.</returns>
    /// <exception cref="ConnException">ServerTerminated: the host is gone.</exception>
    public async Task<IReadOnlyList<PastOperation>> HistoryAsync(CancellationToken cancellationToken = default) =>
        RequestJson.Read(await AskAsync(RequestNames.History, Nothing, null, cancellationToken), RequestForms.Default.PastOperationArray);

    /// <summary>Closes the connection; what was asked for and still runs is aborted.</summary>
    /// <returns>Completes at once.</returns>
    public ValueTask DisposeAsync() => _requester.DisposeAsync();

    private async Task<string> AskAsync(string name, string document, Action<OperationProgress>? progress, CancellationToken cancellationToken) =>
        RequestJson.Read(await _requester.AskAsync(
            name, document, progress is null ? null : text => progress(RequestJson.Read(text, RequestForms.Default.OperationProgress)), cancellationToken), RequestForms.Default.RequestAnswer).Required();
}
