using Conn.ActiveBackup;
using Conn.Engine.Owners;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>What a backup will do for one owner, and why; made before anything changes.</summary>
/// <param name="Owner">The owner.</param>
/// <param name="Parent">The part whose snapshot is supplied, or null for a base.</param>
/// <param name="Why">The reason, in a sentence.</param>
internal sealed record BackupPlan(RegisteredOwner Owner, OwnerPart? Parent, string Why)
{
    /// <summary>Whether the owner hands over data of its own.</summary>
    public bool HandsOverOwn { get; init; } = true;

    /// <summary>Whether other owners of this backup have data with it.</summary>
    public bool Serves { get; init; }

    /// <summary>What stands out and belongs into the report; null when there is nothing.</summary>
    public string? Warning { get; init; }

    /// <summary>A remark for the report that does not stand out; null when there is none.</summary>
    public string? Note { get; init; }

    /// <summary>The newest part of the owner whose size is known; null when there is none.</summary>
    public OwnerPart? Earlier { get; init; }

    /// <summary>The plan for a manager that is not in the backup itself.</summary>
    public static BackupPlan ForHelper(RegisteredOwner manager) => new(manager, null, "Keeps data of owners that take part.") { HandsOverOwn = false, Serves = true };

    /// <summary>Makes the plan of every owner.</summary>
    /// <exception cref="OperationRefusedException">Increments only were asked for and an owner needs a base.</exception>
    public static async Task<IReadOnlyList<BackupPlan>> MakeAsync(
        IReadOnlyList<RegisteredOwner> owners, BackupRequest request, SetList sets, DateTimeOffset now, CancellationToken stop)
    {
        HashSet<SecureId> serving = [.. owners.SelectMany(o => o.Registration.ProxyManagers)];
        List<BackupPlan> plans = [];
        foreach (RegisteredOwner owner in owners)
        {
            SecureId sid = owner.Registration.Sid;
            OwnerPart? earlier = sets.Select(s => s.Part(sid.Value)).LastOrDefault(p => p is { IsStored: true } && PartSize.Of(p) >= 0);
            plans.Add(await CheckedAsync(For(owner, request, sets), request, sets, now, stop) with { Serves = serving.Contains(sid), Earlier = earlier });
        }

        if (request.Choice == BackupChoice.Increment && plans.FirstOrDefault(p => p.Parent is null && (p.HandsOverOwn || p.Owner.IsProxied)) is { } needsBase)
        {
            throw NeedsBase(needsBase.Owner, needsBase.Why);
        }

        return plans;
    }

    public static OperationRefusedException NeedsBase(RegisteredOwner owner, string why) => new(OperationRefusal.NeedsBase, ErrorCode.NotSupported,
        $"An increment of {owner.Name} was asked for and a base is needed: {why} Ask for a base, or leave the choice to the engine.");

    /// <summary>An increment on a chain that cannot be restored would be worth nothing, and one on a long chain costs every restore: the owner then gives a
    /// base.</summary>
    private static async Task<BackupPlan> CheckedAsync(BackupPlan plan, BackupRequest request, SetList sets, DateTimeOffset now, CancellationToken stop)
    {
        if (plan.Parent is not { } parent)
        {
            return plan;
        }

        try
        {
            IReadOnlyList<OwnerPart> chain = await request.Repository.ResolveCompleteChainAsync(parent, stop);
            return ChainBounds.Reached(plan.Owner.Registration.ChainLimits, chain, now - (sets.Find(chain[0].Set)?.Time ?? now)) is not { } reached ? plan
                : request.Choice == BackupChoice.Increment
                    ? plan with { Note = $"Owner {plan.Owner.Name}: {reached} The chain was continued, because an increment was asked for." }
                    : new BackupPlan(plan.Owner, null, reached);
        }
        catch (RepositoryException e) when (e.Failure == RepositoryFailure.ChainBroken)
        {
            return new BackupPlan(plan.Owner, null, $"The chain of set {parent.Set} is broken: {e.Message}")
            {
                Warning = $"Set {parent.Set} of owner {plan.Owner.Name} cannot be restored: {e.Message} This backup of the owner is a base. "
                    + "Verify the repository: other sets may need the same file.",
            };
        }
    }

    private static BackupPlan For(RegisteredOwner owner, BackupRequest request, SetList sets)
    {
        if (!owner.HasOwnData)
        {
            return new BackupPlan(owner, null, owner.IsProxied ? "All of its data is kept by proxy managers, and is always a base."
                : "It keeps data for other owners only.") { HandsOverOwn = false };
        }

        if (request.Choice == BackupChoice.Base)
        {
            return new BackupPlan(owner, null, "A base was asked for.");
        }

        if (owner.IsProxied)
        {
            return new BackupPlan(owner, null, "Data kept by proxy managers is always a base.");
        }

        if (!owner.Registration.SupportsIncremental)
        {
            return new BackupPlan(owner, null, "The owner is registered without increments.");
        }

        OwnerPart? parent = request.Repository.FindParent(sets, owner.Registration.Sid.Value);
        if (parent is null)
        {
            return new BackupPlan(owner, null, "The repository holds no earlier set of this owner.");
        }

        if (parent.DataVersion != owner.Registration.DataVersion)
        {
            return new BackupPlan(
                owner, null, $"Set {parent.Set} holds version {parent.DataVersion} of the owner's data, which is of version {owner.Registration.DataVersion} now.");
        }

        if (OwnerOrigins.IsOtherKind(owner, parent))
        {
            return new BackupPlan(
                owner, null, $"Set {parent.Set} holds {OwnerOrigins.KindName(parent.Kind)}; the owner is {OwnerOrigins.KindName(owner.Registration.Kind)} now.");
        }

        if (OwnerOrigins.IsOtherSource(owner, parent))
        {
            return new BackupPlan(owner, null, $"Set {parent.Set} holds data of {parent.Source}; the owner's data is at {owner.Registration.Source} now.");
        }

        foreach (DriveNumber drive in owner.Registration.Drives)
        {
            if (parent.Drive((byte)drive.Index)?.Snapshot is not { Sections: > 0 })
            {
                return new BackupPlan(owner, null, $"Set {parent.Set} holds no snapshot of drive {drive}.");
            }
        }

        return new BackupPlan(owner, parent, $"Snapshot of set {parent.Set}.");
    }
}
