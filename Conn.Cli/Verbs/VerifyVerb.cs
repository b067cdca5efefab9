using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using Conn.ActiveBackup;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.Repository;
using Conn.Repository.Checks;
using Conn.Repository.Encryption;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Cli.Verbs;

/// <summary><c>conn verify</c>: reads and decodes every byte; with owners also asks them for checksums.</summary>
internal static class VerifyVerb
{
    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        OwnerOptions owners = new(repo);
        Option<string?> set = SharedOptions.One("--set", "SET", "Only this set: an id or its beginning, a sequence number, latest or latest~N.");
        Verb command = new("verify", "Read and decode every byte of a repository.")
        {
            Usage = "--repo REPO [--set SET] [--sample PERCENT] [OWNERS] [--json]", Examples = ["verify --repo /mnt/backup", "verify --repo /mnt/backup --set latest"],
        };
        Option<int> sample = new("--sample") { HelpName = "PERCENT", Description = "Read only so many percent of the data, chosen at random.", DefaultValueFactory = static _ => 100 };
        sample.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var value }] && (!int.TryParse(value, CultureInfo.InvariantCulture, out int percent) || percent is < 1 or > 100))
            {
                result.AddError($"--sample is '{value}'; it is a number from 1 to 100.");
            }
        });
        set.CompletionSources.Add(context => SetCompletion.Of(repo, context));
        repo.AddTo(command);
        command.Add(set);
        command.Add(sample);
        owners.AddTo(command);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repo.Read(parsed), parsed.GetValue(set), parsed.GetValue(sample), owners.Read(parsed).Here));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, string? name, int sample, OwnerList owners)
    {
        SourcePath.RequireAll(owners);
        RepositoryPlace.RequireNoDanglingLink(repo);
        SetId? only = name is null ? null : await FindAsync(repo, name, context);
        RepositoryKey? key = context.Key.Find() ?? await RepositoryPrompt.AskAsync(repo, context);
        ProgressView view = new(context.Terminal);
        FolderStorage storage = new(Path.GetFullPath(repo));
        VerifyReport report = await view.AroundAsync(ProgressView.WholeRepository,
            async () => await VerifyAsync(repo, storage, context.Key.OptionsWith(key), only, sample, view, context.Interrupted));
        List<ChecksumItem> checksums = [];
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
                checksums.Add(new ChecksumItem(owner.Name) { Error = e.Code.Name, Message = e.Message });
                context.Terminal.Attention($"{owner.Name}: {e.Message}");
            }
        }

        bool clean = report.Problems.Count == 0;
        VerifyDocument document = new(
            Outcome: clean ? "succeeded" : "failed",
            Sets: report.Sets,
            Sections: report.Sections,
            Bytes: report.Bytes,
            Decoded: report.IsDecoded,
            Problems: report.Problems.Select(static p => new VerifyProblemItem(p.Set, p.Owner, p.What)),
            Damaged: report.Damaged.Select(static d => new DamagedItem(d.Name, d.Sets.Select(static s => s.Id.Text), d.NewestWhole?.Id.Text, d.NeedsBase)),
            Notes: report.Notes,
            Checksums: checksums);
        context.Terminal.Result(document, Documents.Default.VerifyDocument, console =>
        {
            foreach (VerifyProblem problem in report.Problems)
            {
                console.Line($"problem: {problem.Set}{(problem.Owner is null ? "" : $", {problem.Owner}")}: {problem.What}");
            }

            foreach (DamagedOwner owner in report.Damaged)
            {
                console.Line(Sentence(owner));
            }

            console.Line(report.IsDecoded
                ? $"{(clean ? "verified" : "NOT verified")}: {Sizes.Count(report.Sets, "set")}, {Sizes.Count(report.Sections, "section")}, "
                    + $"{Sizes.Bytes(report.Bytes)} read and decoded, {Sizes.Count(report.Problems.Count, "problem")}"
                : $"not decrypted: {Sizes.Count(report.Sets, "set")}, {Sizes.Bytes(report.Bytes)} compared with their sums, {Sizes.Count(report.Problems.Count, "problem")}");
        }, matters: false, isAttention: !clean);
        foreach (string note in report.Notes)
        {
            context.Terminal.Note($"note: {note}");
        }

        return (int)ExitCodes.Strongest([clean ? ExitCode.Done : ExitCode.VerificationFailed, asked]);
    }

    private static string Sentence(DamagedOwner owner) =>
        $"{owner.Name}: cannot be restored from set {string.Join(", ", owner.Sets.Select(static s => s.Sequence))}; "
        + (owner.NewestWhole is { } whole ? $"the newest set from which it can is {whole.Sequence}." : "there is no set from which it can.")
        + (owner.NeedsBase ? " An increment would continue the damage: make a base now (conn backup --base)." : "");

    private static async Task<VerifyReport> VerifyAsync(
        string repo, FolderStorage storage, RepositoryOptions options, SetId? only, int sample, ProgressView view, CancellationToken cancellationToken)
    {
        try
        {
            return await RepositoryVerifier.VerifyAsync(storage, options, only, view, sample, cancellationToken);
        }
        catch (RepositoryException e) when (RepositoryPlace.Explained(e, repo, options.Key) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>A whole id is taken as it is: a repository whose list of sets cannot be read is verified all the same.</summary>
    private static async Task<SetId> FindAsync(string repo, string name, VerbContext context)
    {
        if (SetId.TryParse(name, out SetId id))
        {
            return id;
        }

        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        return SetId.Parse(SetNames.In(await repository.ListSetsAsync(context.Interrupted)).FindId(name));
    }

    private static async Task<IEnumerable<ChecksumItem>> ChecksumsAsync(OwnerSpec owner, OwnerList owners, string repo, VerbContext context)
    {
        List<ChecksumItem> found = [];
        if (owner.IsCommand)
        {
            context.Terminal.Note($"{owner.Name}: a command owner has no checksum of its current data");
            return found;
        }

        IActiveBackupDataClient client = OwnerFactory.AtItsPlace(owner, () => { });
        await using (client as IAsyncDisposable)
        {
            if (client is IOwnedPlaces own)
            {
                own.SetOtherPlaces(RealPath.SeenFrom(own.Places, owners.Where(o => o != owner).SelectMany(OwnerFactory.PlacesOf).Prepend(Path.GetFullPath(repo))));
            }

            foreach (DriveNumber drive in DriveList.Of([.. owner.Drives.Keys]))
            {
                uint checksum = await client.GetDataChecksumAsync(drive, context.Interrupted);
                found.Add(new ChecksumItem(owner.Name) { Drive = drive.ToString(), Checksum = $"0x{checksum:X8}" });
                context.Terminal.Note($"{owner.Name}, drive {drive}: checksum 0x{checksum:X8}");
            }
        }

        return found;
    }
}

internal sealed record VerifyDocument(
    string Outcome, int Sets, long Sections, long Bytes, bool Decoded, IEnumerable<VerifyProblemItem> Problems, IEnumerable<DamagedItem> Damaged, IReadOnlyList<string> Notes,
    IReadOnlyList<ChecksumItem> Checksums) : Document;

internal sealed record DamagedItem(string Owner, IEnumerable<string> Sets, string? NewestWhole, bool NeedsBase);

internal sealed record VerifyProblemItem(string Set, string? Owner, string What);

/// <summary>A drive's checksum, or why an owner has none. What is null is not written.</summary>
internal sealed record ChecksumItem(string Owner)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Drive { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Checksum { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }
}
