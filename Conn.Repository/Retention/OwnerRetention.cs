using Conn.Repository.Sets;

namespace Conn.Repository.Retention;

/// <summary>Applies the policy to the parts of one owner. Invariant: the owner's last good part always has a reason.</summary>
internal sealed class OwnerRetention
{
    private readonly string _owner;
    private readonly RetentionInput _input;
    private readonly Action<BackupSet, RetentionReason> _keep;
    private readonly List<BackupSet> _stored = [];
    private readonly List<BackupSet> _good = [];

    public OwnerRetention(string owner, RetentionInput input, Action<BackupSet, RetentionReason> keep)
    {
        _owner = owner;
        _input = input;
        _keep = keep;
    }

    /// <summary>Adds the owner's part of a set; sets come by rising sequence. A part that stored nothing is not added.</summary>
    public void Add(BackupSet set, OwnerPart part)
    {
        _stored.Add(set);
        if (part.Outcome == PartOutcome.Succeeded)
        {
            _good.Add(set);
        }
    }

    public void Apply()
    {
        long lastGood = _good.Count == 0 ? 0 : _good[^1].Sequence;
        foreach (BackupSet set in _stored.Where(set => set.Sequence > lastGood))
        {
            _keep(set, new RetentionReason(RetentionRule.NotSuperseded, _owner));
        }

        if (_good.Count > 0)
        {
            Count([.. _good.Where(set => set.Time <= _input.Now)]);
            _keep(_good[^1], new RetentionReason(RetentionRule.LastGood, _owner));
        }
    }

    private void Count(List<BackupSet> sets)
    {
        if (sets.Count == 0)
        {
            return;
        }

        // Sets out of order come last: they take no place that another set needs.
        bool[] isInOrder = ClockOrder.Find([.. sets.Select(static set => set.Time)]);
        List<BackupSet> ordered = [.. sets.Where((_, i) => isInOrder[i]).Reverse()];
        List<BackupSet> others = [.. sets.Where((_, i) => !isInOrder[i]).Reverse()];
        foreach ((RetentionRule rule, int count) in _input.Policy.Counts)
        {
            PeriodCounter counter = new(rule, count, _input.TimeZone);
            if (rule == RetentionRule.Last)
            {
                Offer(counter, Enumerable.Reverse(sets));
                continue;
            }

            HashSet<long> kept = Offer(counter, ordered);
            if (!kept.Contains(ordered[^1].Sequence) && counter.TryTakeOne())
            {
                // Until a rule has as many periods as it may keep, the oldest set stays, so that the history does not end earlier than it has to.
                _keep(ordered[^1], new RetentionReason(rule, _owner) { IsOldest = true });
            }

            Offer(counter, others);
        }

        if (_input.Policy.KeepWithin is { IsZero: false } within)
        {
            DateTimeOffset limit = within.Before(sets[^1].Time);
            foreach (BackupSet set in sets.Where(set => set.Time > limit))
            {
                _keep(set, new RetentionReason(RetentionRule.Within, _owner));
            }
        }
    }

    private HashSet<long> Offer(PeriodCounter counter, IEnumerable<BackupSet> sets)
    {
        HashSet<long> kept = [];
        foreach (BackupSet set in sets)
        {
            if (counter.Offer(set.Sequence, set.Time) is > 0 and var number)
            {
                kept.Add(set.Sequence);
                _keep(set, new RetentionReason(counter.Rule, _owner) { Number = number });
            }
        }

        return kept;
    }
}
