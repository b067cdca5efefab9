namespace Conn.Repository.Retention;

/// <summary>Represents what a prune keeps, and how long it waits before it deletes.</summary>
public sealed record RetentionRequest
{
    /// <summary>The default of <see cref="Grace"/>: 7 days.</summary>
    public static readonly RetentionPeriod DefaultGrace = RetentionPeriod.OfDays(7);

    /// <summary>Gets the policy; it must not be empty.</summary>
    public required RetentionPolicy Policy { get; init; }

    /// <summary>Gets the names of the owners to which the policy is applied; null, the default, for all. Sets with data of other owners are kept.</summary>
    public IReadOnlyCollection<string>? Owners { get; init; }

    /// <summary>Gets how long a set stays hidden before a prune deletes it. The default is <see cref="DefaultGrace"/>.</summary>
    /// <remarks>A reader takes no lock, so this is what protects a restore that runs beside a prune. With a period of no length, a prune deletes what the one before
    /// it hid.</remarks>
    public RetentionPeriod Grace { get; init; } = DefaultGrace;

    /// <summary>Gets the time zone in which days and other periods begin. The default is that of this machine.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Local;

    /// <exception cref="ArgumentException">A member is out of range.</exception>
    internal void Validate(string parameter)
    {
        if (Policy is null || TimeZone is null || Owners?.Contains(null!) == true || !Grace.IsInRange)
        {
            throw new ArgumentException($"{nameof(Policy)} and {nameof(TimeZone)} must not be null, {nameof(Owners)} must be names, and each number of {nameof(Grace)} 0 to 9999.", parameter);
        }

        Policy.Validate(parameter);
    }
}
