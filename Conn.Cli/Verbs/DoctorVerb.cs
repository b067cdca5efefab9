using System.CommandLine;
using Conn.Cli.Doctor;
using Conn.Cli.Output;

namespace Conn.Cli.Verbs;

/// <summary><c>conn doctor</c>: what is wrong and what to do.</summary>
internal static class DoctorVerb
{
    public static Command Create(VerbContext context)
    {
        RepositoryOption repository = new();
        SocketOption socket = new();
        Verb command = new("doctor", "Check configuration, repository, daemon: what is wrong, what to do.")
        {
            Usage = "[--repo REPO] [--config FILE] [--socket PATH] [--json]", Examples = ["doctor --config /etc/conn.json", "doctor --repo /mnt/backup --quiet"],
        };
        repository.AddTo(command);
        socket.AddTo(command);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repository.ConfigFile(parsed), repository.Named(parsed), socket.Read(parsed).SocketPath));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string? file, string? repository, string? socket)
    {
        Examination examined = await new Examiner(TimeProvider.System, context.Key).ReadAsync(file, repository, socket, context.Interrupted);
        await using Conn.Repository.BackupRepository? opened = examined.Repository;
        IReadOnlyList<Finding> findings = await DoctorChecks.RunAsync(examined, context.Interrupted);
        context.Terminal.Result(DoctorOutput.Json(findings), console =>
        {
            foreach (Finding finding in findings.Where(f => f.Level != FindingLevel.Ok || !context.Terminal.Quiet))
            {
                console.Line(DoctorOutput.Text(finding));
            }
        });
        return (int)ExitCodes.Worst(findings.Select(static f => f.Code));
    }
}
