using System.Collections.Concurrent;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>One pass over the data files of some sets, on a few threads; problems come out in the order of sets, whoever found them first.</summary>
internal sealed class VerifyRun
{
    private readonly IRepositoryStorage _storage;
    private readonly int _workers;
    private readonly SetList _all;
    private readonly IReadOnlyList<BackupSet> _sets;
    private readonly bool _readReferences;
    private readonly IProgress<VerifyProgress>? _progress;
    private readonly ConcurrentQueue<(BackupSet Set, OwnerPart Part, int Segment)> _work = new();
    private readonly ConcurrentDictionary<(SetId Set, int Part, int Segment), (IReadOnlyList<SegmentRun>? Runs, string? Problem)> _results = new();
    private readonly List<VerifyProblem> _problems = [];
    private long _stored;
    private long _total;

    public VerifyRun(
        IRepositoryStorage storage, int workers, SetList all, IReadOnlyList<BackupSet> sets, bool readReferences, IProgress<VerifyProgress>? progress)
    {
        _storage = storage;
        _workers = workers;
        _all = all;
        _sets = sets;
        _readReferences = readReferences;
        _progress = progress;
    }

    public IReadOnlyList<VerifyProblem> Problems => _problems;

    public long Sections { get; private set; }

    public long Bytes { get; private set; }

    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        foreach (var set in _sets)
        {
            foreach (var part in set.Parts)
            {
                for (var segment = 0; segment < part.Segments.Count; segment++)
                {
                    _work.Enqueue((set, part, segment));
                    _total += part.Segments[segment].Bytes;
                }
            }
        }

        if (_workers == 0)
        {
            await WorkAsync(cancellationToken);
        }
        else
        {
            var threads = Math.Min(_workers, _work.Count);
            await Task.WhenAll(WorkerThreads.Start(threads, () => WorkerThreads.Wait(WorkAsync(cancellationToken))));
        }

        foreach (var set in _sets)
        {
            await FilesAsync(set, cancellationToken);
            foreach (var part in set.Parts)
            {
                Judge(set, part);
            }
        }
    }

    private async ValueTask WorkAsync(CancellationToken cancellationToken)
    {
        await using SegmentCheck check = new(_storage, new ReferenceResolver(_storage, _all.Find, fromDevice: true), _readReferences);
        while (_work.TryDequeue(out var work))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (set, part, segment) = work;
            try
            {
                SegmentHeader identity = new(set.Id, part.Number, segment);
                (IReadOnlyList<SegmentRun> runs, _) = await check.RunAsync(RepositoryLayout.SetFolder(set.Sequence, set.Id), identity, part.Segments[segment], cancellationToken);
                _results[(set.Id, part.Number, segment)] = (runs, null);
            }
            catch (RepositoryException error) when (error.Failure is not RepositoryFailure.NotPermitted)
            {
                _results[(set.Id, part.Number, segment)] = (null, error.Message);
            }

            var stored = Interlocked.Add(ref _stored, part.Segments[segment].Bytes);
            _progress?.Report(new VerifyProgress(set.Id.Text, stored, _total));
        }
    }

    // Files that are missing are found when they are read; here it is about those that should not be there.
    private async ValueTask FilesAsync(BackupSet set, CancellationToken cancellationToken)
    {
        var expected = SetFiles.Expected(set);
        foreach (var entry in await _storage.ListAsync(RepositoryLayout.SetFolder(set.Sequence, set.Id), cancellationToken) ?? [])
        {
            if (entry.IsFolder || (entry.Name != RepositoryLayout.Manifest && !expected.ContainsKey(entry.Name)))
            {
                _problems.Add(new VerifyProblem(set.Id.Text, null, $"{entry.Name} does not belong to the set."));
            }
        }
    }

    private void Judge(BackupSet set, OwnerPart part)
    {
        if (part.Parent is { } parent && !(_all.Find(parent)?.Part(part.Sid) is { IsStored: true } ancestor && ancestor.Sequence < part.Sequence))
        {
            Report(set, part, $"It continues set {parent}, which is missing, damaged or does not hold the owner: the chain is broken.");
        }

        var segments = new List<IReadOnlyList<SegmentRun>>();
        for (var segment = 0; segment < part.Segments.Count; segment++)
        {
            var (runs, problem) = _results[(set.Id, part.Number, segment)];
            if (problem is not null)
            {
                Report(set, part, problem);
            }

            if (runs is not null)
            {
                segments.Add(runs);
                Sections += runs.Sum(static run => run.Sections);
                Bytes += runs.Sum(static run => run.Bytes);
            }
        }

        if (segments.Count == part.Segments.Count && PartCheck.Compare(part, segments) is { } difference)
        {
            Report(set, part, difference);
        }
    }

    private void Report(BackupSet set, OwnerPart part, string what) => _problems.Add(new VerifyProblem(set.Id.Text, part.Name, what));
}
