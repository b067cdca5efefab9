using Conn.Engine;
using Conn.Repository;

namespace NotesOwner;

/// <summary>The notes program as a host: it backs its own notes up into a folder, and takes them back.</summary>
internal sealed class NotesHost : IAsyncDisposable
{
    private readonly ConnHost _host;

    private NotesHost(ConnHost host) => _host = host;

    public static async Task<NotesHost> StartAsync(string notesFile)
    {
        ConnHost host = await ConnHost.StartAsync();
        await host.AddAsync(new PreparedNotesOwner(Path.GetFullPath(notesFile)));
        return new NotesHost(host);
    }

    public async Task<BackupReport> BackupAsync(string folder, CancellationToken cancellationToken)
    {
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(folder, cancellationToken: cancellationToken);
        return await _host.BackupAsync(repository, cancellationToken);
    }

    public async Task<RestoreReport> RestoreNewestAsync(string folder, CancellationToken cancellationToken)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(folder, cancellationToken: cancellationToken);
        return await _host.RestoreAsync(repository, cancellationToken);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
