using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.Cli.Verbs;
using Conn.Engine;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Checks;
using Conn.Repository.Sets;

namespace Conn.Cli.Demo;

/// <summary>The demo: three owners, a base, changes, an increment, everything lost, restored in place, compared. Ends 0 only if everything matched.</summary>
internal sealed class DemoStory
{
    private readonly VerbContext _context;
    private readonly string? _keep;
    private readonly List<string> _modes = [];
    private readonly List<DemoStep> _steps = [];
    private readonly TimeProvider _time = TimeProvider.System;
    private bool _matched = true;

    public DemoStory(VerbContext context, string? keep)
    {
        _context = context;
        _keep = keep;
    }

    public async Task<int> RunAsync()
    {
        string folder = SourcePath.Full("--keep", _keep ?? Path.Combine(Path.GetTempPath(), $"conn-demo-{Guid.NewGuid():N}"));
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new UsageException($"--keep {_keep} is not empty; choose a new or empty folder.");
        }

        Directory.CreateDirectory(folder);
        try
        {
            await TellAsync(folder);
        }
        finally
        {
            if (_keep is null)
            {
                Directory.Delete(folder, true);
            }
        }

        _context.Terminal.Result(new DemoDocument(_matched, _modes, _steps), Documents.Default.DemoDocument,
            console => console.Line(_matched ? "Everything matched." : "NOT everything matched."), isAttention: !_matched);
        return (int)(_matched ? ExitCode.Done : ExitCode.Failed);
    }

    private async Task TellAsync(string folder)
    {
        DemoTree documents = new(Path.Combine(folder, "documents"), 1);
        DemoTree pictures = new(Path.Combine(folder, "pictures"), 2);
        await using DemoLedger ledger = new(Path.Combine(folder, "ledger", "ledger.db"));
        Step("making real files and a real database", () =>
        {
            documents.Make(3000);
            pictures.Make(500);
            ledger.Make();
            return $"{Sizes.Bytes(documents.Bytes() + pictures.Bytes())} of files, {ledger.Committed} transfers";
        });

        OwnerList owners = OwnerList.Of(
        [
            OwnerSpec.Directory("documents", documents.Root), OwnerSpec.Directory("pictures", pictures.Root), OwnerSpec.Sqlite("ledger", ledger.Path),
        ]);
        string repo = Path.Combine(folder, "repository");
        await using (BackupRepository repository = await RepositoryPlace.CreateAsync(repo, null, _context.Interrupted))
        {
            await using ConnHost host = await new ToolHost(owners, _context) { Make = OwnerFactory.AtItsPlace }.StartAsync();
            PropertyClient watcher = host.Bus.Open(host.Bus.MintIdentity(new SecureId(0x20000001)));
            using IDisposable watching = watcher.ObserveBurMode(ObserveOptions.Inline).Subscribe(Seen);

            ledger.StartWriting();
            await BackupAsync(host, repository, "base backup, while the database is written to", BackupIncType.Base);
            Step("changing things", documents.Change);
            Step("changing more", pictures.Change);
            long before = ledger.Committed;
            await BackupAsync(host, repository, "increment, while the database is written to", BackupIncType.Increment);
            await ledger.StopWritingAsync();
            long after = ledger.Committed;

            SortedDictionary<string, string> documentsWere = documents.Fingerprint();
            SortedDictionary<string, string> picturesWere = pictures.Fingerprint();
            Step("losing everything", () =>
            {
                Directory.Delete(documents.Root, true);
                Directory.Delete(pictures.Root, true);
                ledger.Lose();
                return "two folders and a database are gone";
            });
            await RestoreAsync(host, repository);

            Compare("documents", documentsWere, documents.Fingerprint());
            Compare("pictures", picturesWere, pictures.Fingerprint());
            CompareLedger(ledger, before, after);
            await VerifyAsync(repository);
        }
    }

    private void Seen(BurMode mode)
    {
        _modes.Add(mode.ToString());
        Say($"  a subscriber sees the mode: {mode} (0x{mode.ToValue():X3})");
    }

    private async Task BackupAsync(ConnHost host, BackupRepository repository, string title, BackupIncType expected)
    {
        Say(title);
        long started = _time.GetTimestamp();
        BackupReport report = await host.Engine.BackupAsync(new BackupRequest { Repository = repository, Holder = "conn demo" }, _context.Interrupted);
        TimeSpan took = _time.GetElapsedTime(started);
        foreach (OwnerReport owner in report.Owners)
        {
            Say($"  {owner.Name}: {owner.Type.ToString().ToLowerInvariant()}, {owner.Outcome.ToString().ToLowerInvariant()}, "
                + $"{Sizes.Bytes(owner.Bytes)}, {Sizes.Bytes(owner.StoredBytes)} stored, held {Sizes.Duration(owner.Held)}");
            foreach (string remark in owner.Errors)
            {
                Say($"    {remark}");
            }
        }

        bool good = report is { Outcome: OperationOutcome.Succeeded, Verified: true } && report.Type == expected;
        Done(title, good, $"{Sizes.Bytes(report.Bytes)} in {Sizes.Duration(took)}, "
            + $"read back from {(report.ReadBack == ReadBack.Device ? "the device" : "the cache")} and verified", took);
    }

    private async Task RestoreAsync(ConnHost host, BackupRepository repository)
    {
        const string Title = "restoring all three in place, all or nothing";
        Say(Title);
        long started = _time.GetTimestamp();
        SetList sets = await repository.ListSetsAsync(_context.Interrupted);
        RestoreReport report = await host.Engine.RestoreAsync(
            new RestoreRequest { Repository = repository, Set = sets[^1], Holder = "conn demo" }, _context.Interrupted);
        TimeSpan took = _time.GetElapsedTime(started);
        foreach (OwnerReport owner in report.Owners)
        {
            Say($"  {owner.Name}: {owner.Outcome.ToString().ToLowerInvariant()}, {owner.Why}{string.Concat(owner.Errors.Select(e => " " + e))}");
        }

        Done(Title, report is { Outcome: OperationOutcome.Succeeded, Committed: true },
            $"{Sizes.Bytes(report.Owners.Sum(o => o.Bytes))} in {Sizes.Duration(took)}", took);
    }

    private void Compare(string name, SortedDictionary<string, string> were, SortedDictionary<string, string> are)
    {
        string[] different = [.. were.Keys.Union(are.Keys).Where(k => were.GetValueOrDefault(k) != are.GetValueOrDefault(k))];
        Done($"comparing {name} byte by byte", different.Length == 0, different.Length == 0
            ? $"{were.Count} files, folders and links equal in content, mode and time"
            : $"{different.Length} of {were.Count} differ, first {different[0]}: "
                + $"was {were.GetValueOrDefault(different[0]) ?? "nothing"}, is {are.GetValueOrDefault(different[0]) ?? "nothing"}", null);
    }

    private void CompareLedger(DemoLedger ledger, long before, long after)
    {
        (long transfers, string? problem) = ledger.Check();
        bool good = problem is null && transfers >= before && transfers <= after;
        Done("comparing the ledger byte by byte", good, problem
            ?? $"a committed state of {transfers} transfers (there were {before} when the increment began, {after} when writing stopped); integrity ok", null);
    }

    private async Task VerifyAsync(BackupRepository repository)
    {
        VerifyReport report = await RepositoryVerifier.VerifyAsync(repository, null, null, cancellationToken: _context.Interrupted);
        Done("verifying the repository", report.Problems.Count == 0,
            $"{Sizes.Count(report.Sets, "set")}, {Sizes.Bytes(report.Bytes)} decoded, {Sizes.Count(report.Problems.Count, "problem")}", null);
    }

    private void Step(string title, Func<string> work)
    {
        long started = _time.GetTimestamp();
        string result = work();
        Done(title, true, result, _time.GetElapsedTime(started));
    }

    private void Done(string title, bool good, string result, TimeSpan? took)
    {
        _matched &= good;
        _steps.Add(new DemoStep(title, good, result, (long?)took?.TotalMilliseconds));
        Say($"{(good ? "ok" : "WRONG")}: {title}: {result}");
    }

    private void Say(string line)
    {
        if (!_context.Terminal.Json && !_context.Terminal.Quiet)
        {
            _context.Terminal.OutputConsole.Line(line);
        }
    }
}

internal sealed record DemoDocument(bool Matched, IReadOnlyList<string> Modes, IReadOnlyList<DemoStep> Steps) : Document;

internal sealed record DemoStep(string Step, bool Good, string Result, long? Milliseconds);
