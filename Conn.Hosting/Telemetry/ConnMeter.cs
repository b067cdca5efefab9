using System.Diagnostics.Metrics;
using Conn.Engine;

namespace Conn.Hosting.Telemetry;

/// <summary>The instruments of one instance.</summary>
internal sealed class ConnMeter
{
        private readonly Histogram<double> _operations;
    private readonly Histogram<double> _held;
    private readonly Counter<long> _transferred;

    /// <param name="meters">The factory of the host.</param>
    /// <param name="ages">Gives how long ago each owner was backed up well; called when the metrics are collected.</param>
    /// <param name="observers">Gives the number of observers of the bus; called when the metrics are collected.</param>
    public ConnMeter(IMeterFactory meters, Func<IEnumerable<OwnerAge>> ages, Func<int> observers)
    {
        Meter meter = meters.Create(ConnTelemetry.MeterName);
        _operations = meter.CreateHistogram<double>(ConnTelemetry.OperationDuration, "s", "How long operations took.");
        _held = meter.CreateHistogram<double>(ConnTelemetry.OwnerHeldDuration, "s", "How long owners stayed prepared.");
        _transferred = meter.CreateCounter<long>(ConnTelemetry.OwnerTransferred, "By", "Plain bytes that owners handed over or took.");
        meter.CreateObservableGauge(ConnTelemetry.OwnerLastSuccessAge, () => ages().Select(static a =>
            new Measurement<double>(a.Age < TimeSpan.MaxValue ? a.Age.TotalSeconds : double.PositiveInfinity, new KeyValuePair<string, object?>(ConnTelemetry.OwnerName, a.Owner))),
            "s", "Age of the newest set that holds an owner's data; infinite for an owner that was never backed up.");
        meter.CreateObservableGauge(ConnTelemetry.PropertyObservers, observers, "{observer}",
            "Subscriptions, observers and watches of the state bus.");
    }

    public void Operation(string operation, TimeSpan took, string outcome, string? error)
    {
        KeyValuePair<string, object?>[] tags = [new(ConnTelemetry.Operation, operation), new(ConnTelemetry.Outcome, outcome)];
        _operations.Record(took.TotalSeconds, error is null ? tags : [.. tags, new(ConnTelemetry.ErrorType, error)]);
    }

    public void Owner(string operation, OwnerReport owner)
    {
        KeyValuePair<string, object?> type = new(ConnTelemetry.Operation, operation);
        KeyValuePair<string, object?> name = new(ConnTelemetry.OwnerName, owner.Name);
        _held.Record(owner.Held.TotalSeconds, type, name, new(ConnTelemetry.Outcome, Word(owner.Outcome)));
        _transferred.Add(owner.Bytes, type, name);
    }

    public static string Word<T>(T outcome)
        where T : struct, Enum => outcome.ToString().ToLowerInvariant();
}
