using System.Globalization;
using Conn.Cli.Output;
using Conn.Hosting;
using Spectre.Console;

namespace Conn.Cli.Daemon;

/// <summary>Where a host and its owners stand, as text and as documents.</summary>
internal static class StatusOutput
{
    public static StatusDocument Json(BackupStatus status) => new(
        status.Mode.ToString(), status.Repository, status.RepositoryError, status.Operation is { } operation ? Json(operation) : null, status.NextBackup?.ToUniversalTime(),
        status.Owners.Select(Json), status.Refused.Select(Json));

    public static RefusedItem Json(RefusedOwner owner) => new(owner.Name, owner.Sid, owner.Where, owner.Reason);

    public static OwnerItem Json(OwnerStatus owner) => new(
        Name: owner.Name,
        Sid: owner.Sid,
        Required: owner.Policy == ActiveBackup.OwnerPolicy.Required,
        Source: owner.Source.Length > 0 ? owner.Source : null,
        Where: owner.Where.Length > 0 ? owner.Where : null,
        State: State(owner),
        Error: owner.Error.IsSuccess ? null : owner.Error.Name,
        ErrorText: owner.ErrorText,
        Retryable: owner.Retryable,
        LastGoodSet: owner.LastGoodSet,
        LastGood: owner.LastGood?.ToUniversalTime());

    public static OperationItem Json(PastOperation operation) => new(
        operation.Kind, operation.Holder, operation.Began.ToUniversalTime(), operation.Ended?.ToUniversalTime(),
        operation.Outcome?.ToString().ToLowerInvariant(), operation.Set, operation.Error);

    public static void Text(IAnsiConsole console, BackupStatus status, DateTimeOffset now)
    {
        console.Line($"mode: {status.Mode}");
        console.Line($"operation: {(status.Operation is { } operation ? $"{operation.Kind} by {operation.Holder}, for {Age(now - operation.Began)}" : "none")}");
        console.Line($"next backup: {(status.NextBackup is { } next ? $"{Next(status, next)}, in {Age(next - now)}" : "none is scheduled")}");
        console.Line($"repository: {status.Repository}{(status.RepositoryError is { } error ? $": {error}" : "")}");
        Owners(console, status, now);
    }

    public static void Owners(IAnsiConsole console, BackupStatus status, DateTimeOffset now)
    {
        PlainTable table = new("owner", "state", "last error", "last good", "where");
        foreach (OwnerStatus owner in status.Owners)
        {
            table.Row(owner.Name, State(owner), owner.Error.IsSuccess ? "-" : owner.Error.Name + (owner.Retryable ? ", try again" : ""),
                owner.LastGood is { } good ? Since(good, now) : "never", owner.Where.Length > 0 ? owner.Where : "-");
        }

        table.WriteTo(console);
        foreach (OwnerStatus owner in status.Owners.Where(static o => o.ErrorText is not null))
        {
            console.Line($"{owner.Name}: in its last operation: {owner.ErrorText}");
        }

        foreach (RefusedOwner refused in status.Refused)
        {
            console.Line($"{refused.Name ?? refused.Sid}: WARNING: {refused.Where} offers it, and no backup holds it: {refused.Reason}");
        }
    }

    public static void History(IAnsiConsole console, IReadOnlyList<PastOperation> operations)
    {
        PlainTable table = new("began", "took", "operation", "outcome", "by");
        foreach (PastOperation operation in operations)
        {
            table.Row(Time(operation.Began), operation.Ended is { } ended ? Sizes.Duration(ended - operation.Began) : "runs", operation.Kind,
                operation.Outcome?.ToString().ToLowerInvariant() ?? (operation.Ended is null ? "-" : "failed"),
                operation.Holder + (operation is { Outcome: null, Error: { } error } ? $": {error}" : ""));
        }

        table.WriteTo(console);
    }

    /// <summary>Between operations no owner is connected to the engine; what counts then is whether it is there.</summary>
    private static string State(OwnerStatus owner) => owner.Where.Length == 0 ? "absent" : owner.Readiness == ActiveBackup.DataOwnerStatus.NotConnected ? "idle"
        : owner.Readiness.ToString() is var word && word.Length > 0
        ? char.ToLowerInvariant(word[0]) + string.Concat(word[1..].Select(static c => char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}")) : "";

    /// <summary>A time of this machine's zone, with its distance from UTC.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);

    /// <summary>The time of the next backup in the zone of the schedule, in which its times are written.</summary>
    public static string Next(BackupStatus status, DateTimeOffset next) =>
        status.TimeZone is { } id && TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone)
            ? TimeZoneInfo.ConvertTime(next, zone).ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture) : Time(next);

    /// <summary>How long ago a moment was; a moment that is still to come is named.</summary>
    private static string Since(DateTimeOffset time, DateTimeOffset now) => time > now ? $"{Time(time)}, in the future" : $"{Age(now - time)} ago";

    public static string Age(TimeSpan age) => age.TotalMinutes < 1 ? Sizes.Count(Math.Max(0, (long)age.TotalSeconds), "second")
        : age.TotalHours < 2 ? Sizes.Count((long)age.TotalMinutes, "minute")
        : age.TotalDays < 3 ? Sizes.Count((long)age.TotalHours, "hour") : Sizes.Count((long)age.TotalDays, "day");
}

internal sealed record StatusDocument(
    string Mode, string Repository, string? RepositoryError, OperationItem? Operation, DateTimeOffset? NextBackup, IEnumerable<OwnerItem> Owners,
    IEnumerable<RefusedItem> Refused) : Document;

internal sealed record RefusedItem(string? Name, string Sid, string Where, string Reason);

internal sealed record OwnerItem(
    string Name, string Sid, bool Required, string? Source, string? Where, string State, string? Error, string? ErrorText, bool Retryable, string? LastGoodSet,
    DateTimeOffset? LastGood);

internal sealed record OperationItem(
    string Kind, string Holder, DateTimeOffset Began, DateTimeOffset? Ended, string? Outcome, string? Set, string? Error);
