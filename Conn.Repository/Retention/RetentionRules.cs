using Conn.Repository.Sets;

namespace Conn.Repository.Retention;

/// <summary>Decides which sets are kept, and why. A pure function of its input.</summary>
/// <remarks>
/// Owners are told apart by name. Only parts that succeeded count, newest first by sequence; a set whose time contradicts the sequences of the others counts after
/// them. A set is removable if no part of it is kept by a rule, is its owner's last good one or an incomplete one after that, if no kept part needs it, and if
/// nothing pins it. Copy-only sets count like others. A set may be kept for one owner only; then what the parts of its other owners need may be removable.
/// </remarks>
public static class RetentionRules
{
    /// <summary>Applies a policy.</summary>
    /// <param name="input">The sets, the policy, and what else counts.</param>
    /// <returns>The sets by rising sequence.</returns>
    /// <exception cref="ArgumentException">The policy is empty, or a member of it is out of range.</exception>
    public static IReadOnlyList<RetainedSet> Apply(RetentionInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        input.Policy.Validate(nameof(input));
        BackupSet[] sets = [.. input.Sets.OrderBy(static set => set.Sequence)];
        Dictionary<SetId, List<RetentionReason>> reasons = sets.ToDictionary(static set => set.Id, static _ => new List<RetentionReason>());
        void Keep(BackupSet set, RetentionReason reason) => reasons[set.Id].Add(reason);

        foreach ((SetId set, RetentionReason reason) in input.Pins.Where(pin => reasons.ContainsKey(pin.Set)))
        {
            reasons[set].Add(reason);
        }

        foreach (BackupSet set in sets.Where(set => set.Time > input.Now))
        {
            Keep(set, new RetentionReason(RetentionRule.Future));
        }

        Dictionary<string, OwnerRetention> owners = new(StringComparer.Ordinal);
        foreach (BackupSet set in sets)
        {
            foreach (OwnerPart part in set.Parts.Where(HoldsData))
            {
                if (input.Owners is { } named && !named.Contains(part.Name))
                {
                    Keep(set, new RetentionReason(RetentionRule.OtherOwner, part.Name));
                    continue;
                }

                if (!owners.TryGetValue(part.Name, out OwnerRetention? owner))
                {
                    owners.Add(part.Name, owner = new OwnerRetention(part.Name, input, Keep));
                }

                owner.Add(set, part);
            }
        }

        foreach (OwnerRetention owner in owners.Values)
        {
            owner.Apply();
        }

        KeepAncestors(sets, reasons);
        return [.. sets.Select(set => new RetainedSet(set, InOrderOfParts(set, reasons[set.Id])))];
    }

    // A parent has a lower sequence than its child, so one pass from the newest set finds all ancestors. Snapshot sections refer to sets of the same chain only, so
    // the sets that they point into are ancestors too.
    private static void KeepAncestors(BackupSet[] sets, Dictionary<SetId, List<RetentionReason>> reasons)
    {
        Dictionary<SetId, BackupSet> byId = sets.ToDictionary(static set => set.Id);
        foreach (BackupSet set in sets.Reverse())
        {
            foreach (OwnerPart part in set.Parts.Where(static part => part is { IsStored: true, Parent: not null }))
            {
                RetentionReason[] own = [.. reasons[set.Id].Where(reason => reason.Owner is null || reason.Owner == part.Name)];
                if (own.Length == 0 || !byId.TryGetValue(part.Parent!.Value, out BackupSet? parent) || parent.Part(part.Sid) is not { } needed)
                {
                    continue;
                }

                // The newest kept set is named: it is the one that is worth something by itself.
                RetentionReason? inherited = own.FirstOrDefault(static reason => reason.Rule == RetentionRule.NeededBy);
                (SetId root, long sequence) = own.Length == 1 && inherited is not null ? (inherited.NeededBy!.Value, inherited.NeededBySequence) : (set.Id, set.Sequence);
                List<RetentionReason> ofParent = reasons[parent.Id];
                if (!ofParent.Exists(reason => reason.Rule == RetentionRule.NeededBy && reason.Owner == needed.Name))
                {
                    ofParent.Add(new RetentionReason(RetentionRule.NeededBy, needed.Name) { NeededBy = root, NeededBySequence = sequence });
                }
            }
        }
    }

    // An owner that was quiet handed over nothing, so such a part must not replace one with data.
    private static bool HoldsData(OwnerPart part) => part is { IsStored: true, Type: not PartType.Quiesced };

    private static IReadOnlyList<RetentionReason> InOrderOfParts(BackupSet set, List<RetentionReason> reasons)
    {
        List<string> names = [.. set.Parts.Select(static part => part.Name)];
        return [.. reasons.OrderBy(reason => reason.Owner is { } owner ? names.IndexOf(owner) : -1)];
    }
}
