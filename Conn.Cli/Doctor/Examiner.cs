using Conn.Cli.Hosting;
using Conn.Cli.Owners;
using Conn.Hosting;
using Conn.Ipc;
using Conn.Repository.Sets;

namespace Conn.Cli.Doctor;

/// <summary>Reads what the checks look at: configuration, daemon and repository, in this order, because each may name the next. Changes nothing.</summary>
/// <param name="clock">The clock.</param>
/// <param name="keys">Where the key of an encrypted repository is.</param>
internal sealed class Examiner(TimeProvider clock, KeySource keys)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Gets how old the newest backup of an owner may be; null, the default, for what the schedule says.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <param name="file">The file of the configuration; null for none.</param>
    /// <param name="repository">The repository that the command line or the environment names; null for none.</param>
    /// <param name="socket">The socket that the command line names; null for none.</param>
    /// <param name="cancellationToken">Interrupts reading.</param>
    public async Task<Examination> ReadAsync(string? file, string? repository, string? socket, CancellationToken cancellationToken)
    {
        Examination examined = ReadConfiguration(new Examination { Now = clock.GetUtcNow(), MaxAge = MaxAge, ConfigurationFile = file });
        examined = await ReadDaemonAsync(examined, socket, cancellationToken);
        string? path = repository ?? examined.Configuration?.Repository;
        bool isOfDaemon = path is null && examined.Status is { Repository.Length: > 0 };
        if ((path ?? examined.Status?.Repository) is not { Length: > 0 } named)
        {
            return examined;
        }

        return await ReadRepositoryAsync(examined with { RepositoryPath = Path.GetFullPath(named), IsRepositoryOfDaemon = isOfDaemon }, cancellationToken);
    }

    private static Examination ReadConfiguration(Examination examined)
    {
        if (examined.ConfigurationFile is not { } file)
        {
            return examined;
        }

        try
        {
            Configuration configuration = ConfigurationFile.Read(file);
            return examined with { Configuration = configuration, Owners = OwnerList.Of([], [], [], [], configuration, new Excludes()) };
        }
        catch (UsageException e)
        {
            return examined with { ConfigurationFault = e };
        }
    }

    private async Task<Examination> ReadDaemonAsync(Examination examined, string? socket, CancellationToken cancellationToken)
    {
        try
        {
            examined = examined with { SocketPath = socket ?? examined.Configuration?.Daemon.Socket ?? IpcSocketPath.Find() };
            return examined with { Status = await AskAsync(examined.SocketPath, cancellationToken) };
        }
        catch (ConnException e)
        {
            return examined with { SocketFault = e };
        }
    }

    private async Task<BackupStatus> AskAsync(string socket, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = new(AnswerLimit, clock);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await using ConnRequester daemon = await ConnRequester.ConnectAsync(new IpcClientOptions { SocketPath = socket, TimeProvider = clock }, stop.Token);
            return await daemon.StatusAsync(stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ConnException(ErrorCode.TimedOut, $"The daemon at '{socket}' did not answer within {AnswerLimit.TotalSeconds:0} s.");
        }
    }

    private async Task<Examination> ReadRepositoryAsync(Examination examined, CancellationToken cancellationToken)
    {
        string path = examined.RepositoryPath!;
        examined = examined with { RepositoryMount = Mount.Of(path) };
        try
        {
            FolderAccess.RequireReachable(path);
            examined = examined with { Repository = await RepositoryPlace.OpenAsync(path, keys.OptionsWith(keys.Find()), cancellationToken) };
            SetList sets = await examined.Repository.ListSetsAsync(cancellationToken);
            return examined with { Sets = sets, Writers = WriterTraces.Read(path) };
        }
        catch (Exception e) when (e is ConnException or UsageException or IOException or UnauthorizedAccessException)
        {
            return examined with { RepositoryFault = e };
        }
    }
}
