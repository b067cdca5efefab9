using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Retention;

/// <summary>
/// Random histories of backups in which owners fail, prunes, holds, undos and days that pass. After each step: what is listed is what the model says, every stored part
/// gives its data with its whole chain, each owner's last good part is there, and verifying finds nothing. CONN_HISTORIES says how many.
/// </summary>
public sealed class PruneHistoryTests
{
    private const int Steps = 40;
    private static readonly uint[] Owners = [1, 2, 3];

    [Fact]
    public async Task No_history_with_failing_owners_stops_a_prune_breaks_a_chain_or_loses_the_last_good_part()
    {
        int histories = CampaignNumber("CONN_HISTORIES", 30);
        for (int seed = 0; seed < histories; seed++)
        {
            PruneHistory history = await PruneHistory.BeginAsync(seed);
            try
            {
                for (int step = 0; step < Steps; step++)
                {
                    await history.StepAsync();
                }

                await history.RequireVerifiedAsync();
            }
            catch (Exception error) when (error is RepositoryException or Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Seed {seed}, after: {string.Join(", ", history.Log)}.\n{error}");
            }
        }
    }

    private sealed class PruneHistory
    {
        private readonly Random _random;
        private readonly TearingStorage _storage = new();
        private readonly Dictionary<(SetId Set, uint Sid), byte[][]> _data = [];
        private readonly MovingClock _clock = new();
        private HashSet<long> _visible = [];
        private HashSet<long> _hidden = [];
        private BackupRepository _repository = null!;

        private PruneHistory(int seed) => _random = new Random(seed);

        public List<string> Log { get; } = [];

        public static async Task<PruneHistory> BeginAsync(int seed)
        {
            PruneHistory history = new(seed);
            history._repository = await BackupRepository.CreateAsync(history._storage, Inline(seed, 4096) with { TimeProvider = history._clock }, Token);
            return history;
        }

        public async Task StepAsync()
        {
            _clock.Now += TimeSpan.FromHours(_random.Next(1, 60));
            await using RepositoryWriterLock held = await _repository.LockForWritingAsync("a test", Token);
            SetList sets = await _repository.ListSetsAsync(Token);
            switch (_random.Next(10))
            {
                case 0:
                    await UndoAsync(held);
                    break;
                case 1 when sets.All.Count > 0:
                    await HoldAsync(held, sets);
                    break;
                case 2 when sets.All.Count > 0:
                    await ReleaseAsync(held, sets);
                    break;
                case 3 or 4 or 5:
                    await PruneAsync(held);
                    break;
                default:
                    await BackupAsync(held, sets);
                    break;
            }

            await RequireAsync();
        }

        public async Task RequireVerifiedAsync()
        {
            Checks.VerifyReport report = await VerifyAsync(_storage);
            Assert.True(report.Problems.Count == 0 && report.Notes.Count == 0, $"{string.Join(' ', report.Problems)} {string.Join(' ', report.Notes)}");
        }

        private async Task BackupAsync(RepositoryWriterLock held, SetList sets)
        {
            await using BackupSetWriter writer = _repository.BeginSet(held, new NewBackupSet { CopyOnly = _random.Next(8) == 0 });
            List<string> parts = [];
            foreach (uint sid in Owners.Where(_ => _random.Next(4) > 0))
            {
                OwnerPart? parent = _random.Next(4) == 0 ? null : Parent(sets, sid);
                PartOutcome outcome = _random.Next(6) switch { 0 => PartOutcome.Failed, 1 => PartOutcome.Incomplete, 2 => PartOutcome.Skipped, _ => PartOutcome.Succeeded };
                await PartAsync(writer, sid, parent, outcome);
                parts.Add($"{sid}{(parent is null ? "" : $"<{parent.Sequence}")} {outcome}");
            }

            BackupSet set = await writer.CommitAsync(SetOutcome.Partial, null, Token);
            _visible.Add(set.Sequence);
            Log.Add($"set {set.Sequence} ({string.Join(", ", parts)})");
        }

        // As an engine does it: the newest part of the owner that is stored and listed.
        private static OwnerPart? Parent(SetList sets, uint sid) =>
            sets.Where(static set => !set.CopyOnly).Select(set => set.Part(sid)).LastOrDefault(static part => part is { IsStored: true, Outcome: PartOutcome.Succeeded });

        private async Task PartAsync(BackupSetWriter writer, uint sid, OwnerPart? parent, PartOutcome outcome)
        {
            PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = $"owner-{sid}", Sid = sid, Parent = parent }, Token);
            PartResult result = new() { Outcome = outcome, Type = parent is null ? PartType.Base : PartType.Increment };
            byte[][] data = [Noise(_random.Next(), _random.Next(1, 400))];
            if (outcome == PartOutcome.Skipped)
            {
                await part.AbandonAsync(result, Token);
                return;
            }

            await StreamAsync(part, StreamKind.Data, data);
            if (outcome == PartOutcome.Failed)
            {
                await part.AbandonAsync(result, Token);
                return;
            }

            await StreamAsync(part, StreamKind.Snapshot, [Text(1, 400), Noise(_random.Next(), 50)]);
            await part.CompleteAsync(result, Token);
            _data.Add((writer.Id, sid), data);
        }

        private async Task PruneAsync(RepositoryWriterLock held)
        {
            RetentionRequest request = new()
            {
                Policy = new RetentionPolicy { KeepLast = _random.Next(1, 4), KeepDaily = _random.Next(3), KeepWeekly = _random.Next(2) },
                TimeZone = TimeZoneInfo.Utc,
                Grace = new RetentionPeriod(0, 0, _random.Next(3) * 3, 0),
            };
            PruneReport report = await _repository.Retention.PruneAsync(held, request, Token);
            Assert.Empty(report.Notes);
            Assert.Equal(_visible.Order(), report.Plan.Sets.Select(static set => set.Set.Sequence));
            Assert.Equal(_hidden.Order(), report.Plan.Hidden.Select(static set => set.Set.Sequence));
            _hidden.ExceptWith(report.Plan.Hidden.Where(static set => set.IsDue).Select(static set => set.Set.Sequence));
            HashSet<long> gone = [.. report.Plan.Sets.Where(static set => !set.IsKept).Select(static set => set.Set.Sequence)];
            _visible.ExceptWith(gone);
            _hidden.UnionWith(gone);
            Log.Add($"prune of {request.Policy}, grace {request.Grace}: {string.Join(' ', gone.Order())} hidden");
        }

        private async Task UndoAsync(RepositoryWriterLock held)
        {
            IReadOnlyList<BackupSet> back = await _repository.Retention.UndoAsync(held, Token);
            Assert.Equal(_hidden.Order(), back.Select(static set => set.Sequence));
            _visible.UnionWith(_hidden);
            _hidden.Clear();
            Log.Add("undo");
        }

        private async Task HoldAsync(RepositoryWriterLock held, SetList sets)
        {
            BackupSet set = sets.All[_random.Next(sets.All.Count)];
            await _repository.Retention.HoldAsync(held, set.Id, "a test", Token);
            _hidden.Remove(set.Sequence);
            _visible.Add(set.Sequence);
            Log.Add($"hold {set.Sequence}");
        }

        private async Task ReleaseAsync(RepositoryWriterLock held, SetList sets)
        {
            BackupSet set = sets.All[_random.Next(sets.All.Count)];
            bool wasHeld = sets.MarkOf(set.Id) is { Kind: SetMarkKind.Held };
            Assert.Equal(wasHeld, await _repository.Retention.ReleaseAsync(held, set.Id, Token));
            Log.Add($"release {set.Sequence}");
        }

        private async Task RequireAsync()
        {
            SetList sets = await _repository.ListSetsAsync(Token);
            Assert.Empty(sets.Problems);
            Assert.Equal(_visible.Order(), sets.Select(static set => set.Sequence));
            Assert.Equal(_hidden.Order(), sets.Hidden.Select(static set => set.Sequence));
            foreach (OwnerPart part in sets.All.SelectMany(static set => set.Parts).Where(static part => part.IsStored))
            {
                IReadOnlyList<OwnerPart> chain = await _repository.ResolveCompleteChainAsync(part, Token);
                Assert.Null(chain[0].Parent);
                byte[][] data = await ReadAsync(_repository, part, StreamKind.Data);
                Assert.Equal(_data[(part.Set, part.Sid)].SelectMany(static s => s), data.SelectMany(static s => s));
            }

            foreach (uint sid in Owners.Where(sid => _data.Keys.Any(key => key.Sid == sid)))
            {
                Assert.Contains(sets.All, set => set.Part(sid) is { IsStored: true });
            }
        }
    }
}
