using Conn.Repository.Sets;

namespace Conn.Repository.Retention;

/// <summary>Represents everything that <see cref="RetentionRules"/> look at. Neither a storage nor a clock is read.</summary>
public sealed record RetentionInput
{
    /// <summary>Gets the sets, hidden ones excluded, in any order. Sequences and ids are unique.</summary>
    public required IReadOnlyList<BackupSet> Sets { get; init; }

    /// <summary>Gets the policy; it must not be empty.</summary>
    public required RetentionPolicy Policy { get; init; }

    /// <summary>Gets the current time. A set with a later time does not count and is kept.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gets the time zone in which hours, days, weeks, months and years begin. The default is that of this machine.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Local;

    /// <summary>Gets the names of the owners to which the policy is applied; null, the default, for all. Sets with data of other owners are kept.</summary>
    public IReadOnlyCollection<string>? Owners { get; init; }

    /// <summary>Gets the reasons outside of the policy by the set that each one keeps, for example holds. The default is none.</summary>
    public IReadOnlyList<(SetId Set, RetentionReason Reason)> Pins { get; init; } = [];
}
