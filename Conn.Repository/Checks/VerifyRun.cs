using System.Collections.Concurrent;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>Verifies the segment files of some sets on a few threads. Invariant: problems are in the order of the sets, whichever thread found them.</summary>
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
    private readonly List<string> _notes = [];
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

    /// <summary>The files that are in the folder of a set and are not part of it. Everything that is part of it was read.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public long Sections { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>How much is read, in percent of the segment files; of the others presence and length are checked.</summary>
    public int SamplePercent { get; init; } = 100;

    /// <summary>What chooses the sample.</summary>
    public Random Random { get; init; } = Random.Shared;

    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        (BackupSet Set, OwnerPart Part, int Segment)[] all = [.. _sets.SelectMany(static set => set.Parts, static (set, part) => (set, part))
            .SelectMany(static of => Enumerable.Range(0, of.part.Segments.Count), static (of, segment) => (of.set, of.part, segment))];
        foreach ((BackupSet set, OwnerPart part, int segment) in await SampleAsync(all, cancellationToken))
        {
            _work.Enqueue((set, part, segment));
            _total += part.Segments[segment].Bytes;
        }

        if (_workers == 0)
        {
            await CheckSegmentsAsync(cancellationToken);
        }
        else
        {
            int threads = Math.Min(_workers, _work.Count);
            await Task.WhenAll(WorkerThreads.Start(threads, () => WorkerThreads.Wait(CheckSegmentsAsync(cancellationToken))));
        }

        foreach (BackupSet set in _sets)
        {
            await NoteForeignFilesAsync(set, cancellationToken);
            foreach (OwnerPart part in set.Parts)
            {
                ReportPart(set, part);
            }
        }
    }

    private async ValueTask<(BackupSet Set, OwnerPart Part, int Segment)[]> SampleAsync(
        (BackupSet Set, OwnerPart Part, int Segment)[] all, CancellationToken cancellationToken)
    {
        if (SamplePercent == 100)
        {
            return all;
        }

        foreach (BackupSet set in _sets)
        {
            try
            {
                await SetFiles.RequireCompleteAsync(_storage, set, cancellationToken);
            }
            catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
            {
                _problems.Add(new VerifyProblem(set.Id.Text, null, error.Message));
            }
        }

        Random.Shuffle(all);
        int count = (int)Math.Ceiling(all.Length * (SamplePercent / 100.0));
        _notes.Add($"A sample: {count} of {all.Length} segment files were read; of the others presence and length were checked.");
        return all[..count];
    }

    private async ValueTask CheckSegmentsAsync(CancellationToken cancellationToken)
    {
        await using SegmentCheck check = new(_storage, new ReferenceResolver(_storage, _all.Find, fromDevice: true), _readReferences);

        // The snapshot of a pruned part may refer to sets that are gone.
        await using SegmentCheck ofPruned = new(_storage);
        while (_work.TryDequeue(out (BackupSet Set, OwnerPart Part, int Segment) work))
        {
            cancellationToken.ThrowIfCancellationRequested();
            (BackupSet set, OwnerPart part, int segment) = work;
            SegmentInfo info = part.Segments[segment];
            string folder = RepositoryLayout.SetFolder(set.Sequence, set.Id);
            try
            {
                (IReadOnlyList<SegmentRun> runs, _) = await (part.IsPruned ? ofPruned : check).RunAsync(folder, new SegmentHeader(set.Id, part.Number, segment), info, cancellationToken);
                _results[(set.Id, part.Number, segment)] = (runs, null);
            }
            catch (RepositoryException error) when (error.Failure is not RepositoryFailure.NotPermitted)
            {
                _results[(set.Id, part.Number, segment)] = (null, error.Message);
            }

            long stored = Interlocked.Add(ref _stored, info.Bytes);
            _progress?.Report(new VerifyProgress(set.Id.Text, stored, _total));
        }
    }

    // A missing file is found when it is read.
    private async ValueTask NoteForeignFilesAsync(BackupSet set, CancellationToken cancellationToken)
    {
        Dictionary<string, long> expected = SetFiles.Expected(set);
        if (_storage is EncryptedStorage)
        {
            expected.Add(RepositoryLayout.Sums, 0);
            if (await SumsCheck.CompareAsync(_storage, set, expected.Keys, cancellationToken) is { } problem)
            {
                _problems.Add(new VerifyProblem(set.Id.Text, null, problem));
            }
        }

        foreach (StorageEntry entry in await _storage.ListAsync(RepositoryLayout.SetFolder(set.Sequence, set.Id), cancellationToken) ?? [])
        {
            if (entry.IsFolder || (entry.Name != RepositoryLayout.Manifest && !expected.ContainsKey(entry.Name)))
            {
                _notes.Add($"{RepositoryLayout.SetFolder(set.Sequence, set.Id)}/{entry.Name} is not part of the set.");
            }
        }
    }

    private void ReportPart(BackupSet set, OwnerPart part)
    {
        if (part is { IsStored: true, Parent: { } parent } && !(_all.Find(parent)?.Part(part.Sid) is { IsStored: true } stored && stored.Sequence < part.Sequence))
        {
            Report(set, part, $"It continues set {parent}, which is missing, damaged or without this owner: the chain is broken.");
        }

        List<IReadOnlyList<SegmentRun>> segments = [];
        for (int segment = 0; segment < part.Segments.Count; segment++)
        {
            if (!_results.TryGetValue((set.Id, part.Number, segment), out (IReadOnlyList<SegmentRun>? Runs, string? Problem) result))
            {
                // Not in the sample.
                continue;
            }

            (IReadOnlyList<SegmentRun>? runs, string? problem) = result;
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
