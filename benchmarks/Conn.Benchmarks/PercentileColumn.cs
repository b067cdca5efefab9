using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Conn.Benchmarks;

/// <summary>A percentile of single measurements; "-" for rows that keep none.</summary>
internal sealed class PercentileColumn(double percent) : IColumn
{
    public string Id => ColumnName;

    public string ColumnName => string.Create(CultureInfo.InvariantCulture, $"p{percent}");

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Statistics;

    public int PriorityInCategory => 10;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => $"{ColumnName} of single measurements, in ns";

    public static Latencies? Of(BenchmarkCase row) => Latencies.Find(
        row.Descriptor.Type.Name, row.Descriptor.WorkloadMethod.Name, string.Join(' ', row.Parameters.Items.Select(p => p.Value?.ToString())));

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => Of(benchmarkCase) is { } latencies
        ? latencies.Percentile(percent).ToString("N0", CultureInfo.InvariantCulture)
        : "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(c => Of(c) is not null);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}
