namespace Conn.Hosting;

/// <summary>The names of metrics, traces and their attributes. Durations are in seconds, sizes in bytes.</summary>
public static class ConnTelemetry
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Conn";

    /// <summary>The name of the activity source. It has an activity for each operation, with one for each owner below it.</summary>
    public const string ActivitySourceName = "Conn";

    /// <summary>Histogram, s: how long operations took. Attributes: <see cref="Operation"/>, <see cref="Outcome"/>, <see cref="ErrorType"/>.</summary>
    public const string OperationDuration = "conn.operation.duration";

    /// <summary>Histogram, s: how long owners stayed prepared. Attributes: <see cref="Operation"/>, <see cref="OwnerName"/>, <see cref="Outcome"/>.</summary>
    public const string OwnerHeldDuration = "conn.owner.held.duration";

    /// <summary>Counter, By: plain bytes that owners handed over or took. Attributes: <see cref="Operation"/>, <see cref="OwnerName"/>.</summary>
    public const string OwnerTransferred = "conn.owner.transferred";

    /// <summary>Gauge, s: the age of the newest set that holds an owner's data; infinite for an owner that was never backed up. Attribute: <see cref="OwnerName"/>.</summary>
    public const string OwnerLastSuccessAge = "conn.owner.last_success.age";

    /// <summary>Gauge: subscriptions, observers and watches of the state bus.</summary>
    public const string PropertyObservers = "conn.property.observers";

    /// <summary>Attribute: the name of an owner.</summary>
    public const string OwnerName = "conn.owner.name";

    /// <summary>Attribute: <see cref="Backup"/> or <see cref="Restore"/>.</summary>
    public const string Operation = "conn.operation.type";

    /// <summary>Attribute: the outcome of an operation or of an owner's part, in small letters.</summary>
    public const string Outcome = "conn.outcome";

    /// <summary>Attribute: the exception that ended an operation, or the code of an owner's failure.</summary>
    public const string ErrorType = "error.type";

    /// <summary>The value of <see cref="Operation"/> for a backup.</summary>
    public const string Backup = "backup";

    /// <summary>The value of <see cref="Operation"/> for a restore.</summary>
    public const string Restore = "restore";
}
