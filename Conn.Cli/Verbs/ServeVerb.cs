using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Cli.Owners;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Conn.Cli.Verbs;

/// <summary><c>conn serve</c>: the daemon, until it is told to stop.</summary>
internal static class ServeVerb
{
    public static Command Create(VerbContext context)
    {
        RepositoryOption repository = new();
        Verb command = new("serve", "Run the daemon: state bus, owners, schedule, and a socket for other programs.")
        {
            Usage = "--config FILE [--repo REPO]", Examples = ["serve --config /etc/conn/conn.json"],
        };
        repository.AddTo(command);
        command.Validators.Add(result =>
        {
            if (!repository.HasConfig(result))
            {
                result.AddError("serve needs --config FILE: it names the owners and the schedule.");
            }
        });
        command.SetAction((parsed, _) => RunAsync(
            context, new CurrentConfiguration(repository.ConfigFile(parsed)!, repository.Config(parsed)), repository.ConfigFile(parsed)!,
            repository.Read(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, CurrentConfiguration configuration, string file, string repository)
    {
        OwnerList owners = OwnerList.Of([], [], [], [], configuration.Value, new Excludes());
        if (owners.Count == 0)
        {
            throw new UsageException($"--config {file}: owners: the file names no owner; a daemon needs one at least.");
        }

        SourcePath.RequirePrograms(owners);
        RequireSocketFolder(configuration.Value.Daemon.Socket);
        using IHost host = DaemonHost.Build(configuration, repository, owners, context.Key.Find());
        ILogger log = host.Services.GetRequiredService<ILogger<CurrentConfiguration>>();
        context.OnHangUp = () => configuration.Reload(log);
        await StartAsync(host, context.Interrupted);
        SourceWarnings.Write(owners, log);
        await EndAsync(host.Services.GetRequiredService<IHostApplicationLifetime>(), context.Interrupted);
        await host.StopAsync(CancellationToken.None);
        return (int)ExitCode.Done;
    }

    /// <summary>The folder of the socket is made, but none above it: a mistyped path leaves nothing behind.</summary>
    /// <exception cref="UsageException">What is above it does not exist.</exception>
    private static void RequireSocketFolder(string? socket)
    {
        if (Path.GetDirectoryName(Path.GetDirectoryName(socket)) is { } above && !Directory.Exists(above))
        {
            throw new UsageException($"socket.path: the folder of {socket} cannot be made, because {above} does not exist. Correct the path, or make the folder.");
        }
    }

    private static async Task StartAsync(IHost host, CancellationToken cancellationToken)
    {
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (OptionsValidationException e)
        {
            throw new UsageException($"The configuration cannot be used: {string.Join(" ", e.Failures)}");
        }
        catch (ConnException e) when (e.Code == ErrorCode.Argument)
        {
            throw new UsageException($"The configuration cannot be used: {e.Message}");
        }
    }

    private static async Task EndAsync(IHostApplicationLifetime lifetime, CancellationToken interrupted)
    {
        TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration stopping = lifetime.ApplicationStopping.Register(() => end.TrySetResult());
        using CancellationTokenRegistration signal = interrupted.Register(() => end.TrySetResult());
        await end.Task;
    }
}
