using System.CommandLine;
using Conn.ActiveBackup.Contract;
using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Checks;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Cli.Verbs;

/// <summary><c>conn verify</c>: reads and decodes every byte; with owners also asks them for checksums.</summary>
internal static class VerifyVerb
{
    public static Command Create(VerbContext context)
    {
        Option<string> repo = SharedOptions.Repo();
        Option<string?> set = new("--set") { Description = "Only this set; all otherwise.", HelpName = "ID" };
        OwnerOptions owners = new();
        Command command = new("verify", "Read and decode every byte of a repository.") { repo, set, SharedOptions.Json() };
        owners.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(context, parsed.GetRequiredValue(repo), parsed.GetValue(set), owners.Read(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, string? name, OwnerList owners)
    {
        FolderStorage storage = new(Path.GetFullPath(repo));
        RepositoryOptions options = new();
        SetId? only = name is null ? null : SetId.TryParse(name, out SetId id) ? id
            : throw new RepositoryException(RepositoryFailure.NoSuchSet, $"'{name}' is not a set id; conn list shows the ids.");
        VerifyReport report = await RepositoryVerifier.VerifyAsync(storage, options, only, null, context.Interrupted);
        List<object> checksums = [];
        ExitCode asked = ExitCode.Done;
        foreach (OwnerSpec owner in owners)
        {
            try
            {
                checksums.AddRange(await ChecksumsAsync(owner, owners, repo, context));
            }
            catch (ConnException e)
            {
                // What was verified stands, whatever an owner says of its present data.
                asked = ExitCodes.Strongest([asked, ExitCodes.Of(e)]);
                checksums.Add(new { owner = owner.Name, error = e.Code.Name, message = e.Message });
                context.Terminal.Note($"{owner.Name}: {e.Message}");
            }
        }

        bool clean = report.Problems.Count == 0;
        context.Terminal.Result(new
        {
            schemaVersion = 1,
            outcome = clean ? "succeeded" : "failed",
            sets = report.Sets,
            sections = report.Sections,
            bytes = report.Bytes,
            problems = report.Problems.Select(p => new { set = p.Set, owner = p.Owner, what = p.What }),
            notes = report.Notes,
            checksums,
        }, console =>
        {
            foreach (VerifyProblem problem in report.Problems)
            {
                console.Line($"problem: {problem.Set}{(problem.Owner is null ? "" : $", {problem.Owner}")}: {problem.What}");
            }

            console.Line($"{(clean ? "verified" : "NOT verified")}: {report.Sets} sets, {report.Sections} sections, {Sizes.Bytes(report.Bytes)} read and decoded, {report.Problems.Count} problems");
        });
        foreach (string note in context.Terminal.Json ? [] : report.Notes)
        {
            context.Terminal.Note($"note: {note}");
        }

        return (int)ExitCodes.Strongest([clean ? ExitCode.Done : ExitCode.VerificationFailed, asked]);
    }

    private static async Task<IEnumerable<object>> ChecksumsAsync(OwnerSpec owner, OwnerList owners, string repo, VerbContext context)
    {
        List<object> found = [];
        IActiveBackupDataClient client = OwnerFactory.AtItsPlace(owner, owners, repo, () => { });
        await using (client as IAsyncDisposable)
        {
            foreach (DriveNumber drive in DriveList.Of([.. owner.Drives.Keys]))
            {
                uint checksum = await client.GetDataChecksumAsync(drive, context.Interrupted);
                found.Add(new { owner = owner.Name, drive = drive.ToString(), checksum = $"0x{checksum:X8}" });
                context.Terminal.Note($"{owner.Name}, drive {drive}: checksum 0x{checksum:X8}");
            }
        }

        return found;
    }
}
