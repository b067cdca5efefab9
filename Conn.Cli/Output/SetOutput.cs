using Conn.ActiveBackup;
using Conn.PubSub.Security;
using Conn.Repository.Sets;

namespace Conn.Cli.Output;

/// <summary>A stored set as JSON.</summary>
internal static class SetOutput
{
    public static SetItem Json(BackupSet set, SetList sets) => new(
        Id: set.Id.Text,
        Sequence: set.Sequence,
        Time: set.Time,
        Type: set.Type,
        Parent: NewestParent(set, sets),
        Outcome: set.Outcome,
        CopyOnly: set.CopyOnly,
        ReadBack: set.ReadBack,
        Bytes: set.Bytes,
        StoredBytes: set.StoredBytes,
        Host: set.Host,
        Tags: set.Tags,
        Hidden: sets.MarkOf(set.Id) is { Kind: SetMarkKind.Hidden } hidden ? hidden.Time : null,
        Held: sets.MarkOf(set.Id) is { Kind: SetMarkKind.Held } held ? new HeldItem(held.Time, held.Why) : null,
        Owners: set.Parts.Select(Part));

    private static PartItem Part(OwnerPart part) => new(
        Name: part.Name,
        Sid: new SecureId(part.Sid).ToString(),
        Kind: part.Kind,
        Source: part.Source,
        Type: part.Type,
        Outcome: part.Outcome,
        Error: part.ErrorCode == 0 ? null : new ErrorCode(part.ErrorCode).Name,
        Parent: part.Parent?.Text,
        Bytes: part.Bytes,
        StoredBytes: part.StoredBytes,
        HeldMilliseconds: part.HeldMilliseconds,
        Why: part.Why,
        Notes: part.Notes,
        Errors: part.Errors,
        Drives: part.Drives.Select(static d => new DriveItem(
            DriveNumber.FromIndex(d.Drive).ToString(), d.Data?.Bytes ?? 0, d.Data?.StoredBytes ?? 0, d.Snapshot?.Bytes ?? 0, d.Snapshot?.StoredBytes ?? 0)),
        DataVersion: part.DataVersion,
        Pruned: part.IsPruned);

    private static string? NewestParent(BackupSet set, SetList sets) => set.Parts.Where(p => p.Parent is not null)
        .Select(p => p.Parent!.Value).OrderBy(p => sets.Find(p)?.Sequence ?? 0).Select(p => p.Text).LastOrDefault();
}

internal sealed record SetItem(
    string Id, long Sequence, DateTimeOffset Time, SetType Type, string? Parent, SetOutcome Outcome, bool CopyOnly, ReadBack ReadBack,
    long Bytes, long StoredBytes, string Host, IReadOnlyList<string> Tags, DateTimeOffset? Hidden, HeldItem? Held, IEnumerable<PartItem> Owners);

internal sealed record HeldItem(DateTimeOffset Since, string Why);

internal sealed record PartItem(
    string Name, string Sid, string Kind, string Source, PartType Type, PartOutcome Outcome, string? Error, string? Parent, long Bytes, long StoredBytes,
    long HeldMilliseconds, string Why, IReadOnlyList<string> Notes, IReadOnlyList<string> Errors, IEnumerable<DriveItem> Drives, uint DataVersion, bool Pruned);

internal sealed record DriveItem(string Drive, long Bytes, long StoredBytes, long SnapshotBytes, long SnapshotStoredBytes);
