using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.Cli.Owners;
using Conn.Cli.Verbs;
using Conn.Engine;

namespace Conn.Cli.Hosting;

/// <summary>The host of one command, with the owners of its command line.</summary>
/// <param name="Owners">The owners.</param>
/// <param name="Context">Who follows the steps.</param>
internal sealed record ToolHost(OwnerList Owners, VerbContext Context)
{
    /// <summary>Gets how the data client of an owner is made; the second argument reports progress.</summary>
    public required Func<OwnerSpec, Action, IActiveBackupDataClient> Make { get; init; }

    /// <summary>Gets what is called for each step of an operation.</summary>
    public Action<OperationProgress>? Show { get; init; }

    /// <summary>Gets the newest version of data that is taken back.</summary>
    public uint KnownDataVersion { get; init; }

    public async Task<ConnHost> StartAsync()
    {
        ConnHost host = await ConnHost.StartAsync(options => options with
        {
            NoProgressTimeout = Owners.Timeouts.NoProgress ?? options.NoProgressTimeout,
            ReadinessTimeout = Owners.Timeouts.Readiness ?? options.ReadinessTimeout,
        });
        host.Engine.Progress.Subscribe(p =>
        {
            Show?.Invoke(p);
            Context.OnProgress?.Invoke(p);
        });
        // One that freezes a service for the others is ready, and so frozen, before anything of the others is read.
        foreach (OwnerSpec owner in Owners.FreezingFirst.Select(Reporting))
        {
            DataOwnerParticipant? participant = null;
            IActiveBackupDataClient client = Make(owner, () => participant?.ReportProgress());
            participant = await host.AddAsync(OwnerFactory.Registration(owner, Owners) with { DataVersion = KnownDataVersion }, client, Participation(owner));
        }

        return host;
    }

    private OwnerSpec Reporting(OwnerSpec owner) => owner.Command is not { } command ? owner
        : owner with { Command = command with { OnError = e => Context.Terminal.Attention(e.Message) } };

    private DataOwnerParticipantOptions Participation(OwnerSpec owner)
    {
        ActiveBackupClientOptions options = new() { Name = owner.Name };
        return new DataOwnerParticipantOptions { Client = options with { Lease = Owners.Timeouts.Lease ?? options.Lease } };
    }
}
