using System.CommandLine;
using Conn.Cli.Doctor;
using Conn.Cli.Output;
using Conn.Repository.Retention;

namespace Conn.Cli.Verbs;

/// <summary><c>conn doctor</c>: what is wrong and what to do.</summary>
internal static class DoctorVerb
{
    public static Command Create(VerbContext context)
    {
        RepositoryOption repository = new();
        SocketOption socket = new();
        Option<RetentionPeriod?> maxAge = SharedOptions.Period("--max-age",
            "How old the newest backup of an owner may be, for example 8d; a problem from twice that on. Default: what the schedule says, else 36h.");
        Verb command = new("doctor", "Check configuration, repository, daemon: what is wrong, what to do.")
        {
            Usage = "[--repo REPO] [--config FILE] [--socket PATH] [--max-age D] [--json]", Examples = ["doctor --config /etc/conn/conn.json", "doctor --repo /mnt/backup --quiet"],
        };
        repository.AddTo(command);
        socket.AddTo(command);
        command.Add(maxAge);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, parsed.GetValue(maxAge), repository.ConfigFile(parsed), repository.Named(parsed),
            socket.Read(parsed).SocketPath));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, RetentionPeriod? maxAge, string? file, string? repository, string? socket)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        Examiner examiner = new(TimeProvider.System, context.Key) { MaxAge = maxAge is { } age ? now - age.Before(now) : null };
        Examination examined = await examiner.ReadAsync(file, repository, socket, context.Interrupted);
        await using Conn.Repository.BackupRepository? opened = examined.Repository;
        IReadOnlyList<Finding> findings = await DoctorChecks.RunAsync(examined, context.Interrupted);
        context.Terminal.Result(DoctorOutput.Json(findings), Documents.Default.DoctorDocument, console =>
        {
            foreach (Finding finding in findings.Where(f => f.Level != FindingLevel.Ok || !context.Terminal.Quiet))
            {
                console.Line(DoctorOutput.Text(finding));
            }
        });
        return (int)ExitCodes.Worst(findings.Select(static f => f.Code));
    }
}
