namespace Conn.Repository.Retention;

/// <summary>Specifies why a set is kept.</summary>
public enum RetentionRule
{
    /// <summary>One of the newest sets of the owner.</summary>
    Last,

    /// <summary>The newest set of an hour.</summary>
    Hourly,

    /// <summary>The newest set of a day.</summary>
    Daily,

    /// <summary>The newest set of an ISO week.</summary>
    Weekly,

    /// <summary>The newest set of a month.</summary>
    Monthly,

    /// <summary>The newest set of a year.</summary>
    Yearly,

    /// <summary>Not older than the period of <see cref="RetentionPolicy.KeepWithin"/> before the owner's newest set.</summary>
    Within,

    /// <summary>The newest set in which the owner succeeded.</summary>
    LastGood,

    /// <summary>An incomplete part that is newer than the owner's last good one.</summary>
    NotSuperseded,

    /// <summary>A kept set continues this one.</summary>
    NeededBy,

    /// <summary>The user holds the set.</summary>
    Held,

    /// <summary>The mark of the set cannot be read, so it is not known whether the user holds it; or the set was held, and its mark is lost.</summary>
    UnknownMark,

    /// <summary>The time of the set is in the future, so it does not count and is not removed.</summary>
    Future,

    /// <summary>The set holds data of an owner to which the policy is not applied.</summary>
    OtherOwner,

    /// <summary>A restore that is not complete, or the owner's next increment after a restore in place, needs the set.</summary>
    Restore,
}
