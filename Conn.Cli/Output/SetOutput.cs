using Conn.ActiveBackup;
using Conn.PubSub.Security;
using Conn.Repository.Sets;

namespace Conn.Cli.Output;

/// <summary>A stored set as JSON.</summary>
internal static class SetOutput
{
    public static object Json(BackupSet set, SetList sets) => new
    {
        id = set.Id.Text,
        sequence = set.Sequence,
        time = set.Time,
        type = set.Type,
        parent = NewestParent(set, sets),
        outcome = set.Outcome,
        copyOnly = set.CopyOnly,
        readBack = set.ReadBack,
        bytes = set.Bytes,
        storedBytes = set.StoredBytes,
        host = set.Host,
        tags = set.Tags,
        hidden = sets.MarkOf(set.Id) is { Kind: SetMarkKind.Hidden } hidden ? hidden.Time : (DateTimeOffset?)null,
        held = sets.MarkOf(set.Id) is { Kind: SetMarkKind.Held } held ? new { since = held.Time, why = held.Why } : null,
        owners = set.Parts.Select(Part),
    };

    public static IEnumerable<object> Problems(SetList sets) => sets.Problems.Select(p => new { set = p.Set, what = p.What });

    private static object Part(OwnerPart part) => new
    {
        name = part.Name,
        sid = new SecureId(part.Sid).ToString(),
        kind = part.Kind,
        source = part.Source,
        type = part.Type,
        outcome = part.Outcome,
        error = part.ErrorCode == 0 ? null : new ErrorCode(part.ErrorCode).Name,
        parent = part.Parent?.Text,
        bytes = part.Bytes,
        storedBytes = part.StoredBytes,
        heldMilliseconds = part.HeldMilliseconds,
        why = part.Why,
        notes = part.Notes,
        errors = part.Errors,
        drives = part.Drives.Select(d => new
        {
            drive = DriveNumber.FromIndex(d.Drive).ToString(), bytes = d.Data?.Bytes ?? 0, storedBytes = d.Data?.StoredBytes ?? 0,
            snapshotBytes = d.Snapshot?.Bytes ?? 0, snapshotStoredBytes = d.Snapshot?.StoredBytes ?? 0,
        }),
        dataVersion = part.DataVersion,
        pruned = part.IsPruned,
    };

    private static string? NewestParent(BackupSet set, SetList sets) => set.Parts.Where(p => p.Parent is not null)
        .Select(p => p.Parent!.Value).OrderBy(p => sets.Find(p)?.Sequence ?? 0).Select(p => p.Text).LastOrDefault();
}
