using System.Diagnostics;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>What this test program does when another test has started it as another process.</summary>
public sealed class OtherProcess
{
    private const string RoleVariable = "CONN_TEST_ROLE";
    private const string PathVariable = "CONN_TEST_PATH";

    public static DataOwnerRegistration Registration { get; } = new("remote");

    [Fact(Explicit = true)]
    public async Task Runs_in_the_role_that_its_parent_gave()
    {
        string role = Environment.GetEnvironmentVariable(RoleVariable) ?? "";
        Assert.SkipWhen(role.Length == 0, "It is started by other tests.");
        await RunAsync(role, Environment.GetEnvironmentVariable(PathVariable)!);
    }

    /// <summary>Starts this program in a role.</summary>
    /// <param name="role">The role.</param>
    /// <param name="path">The socket.</param>
    /// <param name="wrapper">A program that starts it, with its arguments; none by default.</param>
    /// <returns>The process.</returns>
    internal static Process Start(string role, string path, params string[] wrapper) => Start(role, path, [], wrapper);

    /// <summary>Starts this program in a role, with variables of its environment.</summary>
    internal static Process Start(string role, string path, Dictionary<string, string> variables, string[] wrapper)
    {
        string[] command = [.. wrapper, Environment.ProcessPath!, "-explicit", "only", "-noLogo", "-noColor", "-method", $"*{nameof(OtherProcess)}.{nameof(Runs_in_the_role_that_its_parent_gave)}"];
        ProcessStartInfo start = new(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment[RoleVariable] = role;
        start.Environment[PathVariable] = path;
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Reads lines of a process until one of them is there.</summary>
    internal static async Task SaysAsync(Process process, string line, CancellationToken cancellationToken)
    {
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } read)
        {
            if (read == line)
            {
                return;
            }
        }

        Assert.Fail($"The process ended and did not say '{line}'.");
    }

    private static async Task RunAsync(string role, string path)
    {
        IpcClientOptions options = new() { SocketPath = path };
        if (role == "stranger")
        {
            await BeStrangerAsync(options);
            return;
        }

        if (role == "forty")
        {
            await FortyThings.TryAsync(path);
            return;
        }

        if (role == "publisher")
        {
            await SoakPublisher.RunAsync(options);
            return;
        }

        if (role == "filling")
        {
            await using IEngineSession session = await new IpcOwnerTransport(options).ConnectAsync(new OwnerConnection(Registration.Sid, new Filling()), CancellationToken.None);
            _ = await Console.In.ReadLineAsync();
            return;
        }

        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(options);
        await using IPropertyClient client = await store.OpenAsync(store.MintIdentity(Registration.Sid, CapabilitySet.Empty));
        string file = Path.Combine(Path.GetDirectoryName(path)!, "data");
        await using StagedFileOwner owner = new("remote", file);
        await using DataOwnerParticipant participant = new(
            client, new IpcOwnerTransport(options), Registration.Sid, owner,
            new DataOwnerParticipantOptions { Client = new ActiveBackupClientOptions { Layer = role == "hang" ? static inner => new Hanging(inner) : null } });
        Console.WriteLine("ready");
        _ = await Console.In.ReadLineAsync();
    }

    private static async Task BeStrangerAsync(IpcClientOptions options)
    {
        foreach (Func<Task> attempt in new Func<Task>[]
        {
            () => IpcPropertyStore.ConnectAsync(options),
            async () => await new IpcOwnerTransport(options).ConnectAsync(new OwnerConnection(Registration.Sid, new ChannelStub()), CancellationToken.None),
        })
        {
            try
            {
                await attempt();
                Console.WriteLine("done");
            }
            catch (ConnException e)
            {
                Console.WriteLine(e.Code.Name);
            }
        }
    }

    /// <summary>An owner whose sections cost next to nothing.</summary>
    private sealed class Filling : IOwnerChannel
    {
        public ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
        {
            call.Buffer.Span.Fill(1);
            return new(new OwnerCallResult { Section = new SectionResult(call.Buffer.Length, false) });
        }

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>An owner that never answers when it is asked for data.</summary>
    private sealed class Hanging(IOwnerChannel inner) : IOwnerChannel
    {
        public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
        {
            if (call.Kind == OwnerCallKind.GetBackupDataSection)
            {
                Console.WriteLine("inside");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
            }

            return await inner.InvokeAsync(call, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
