using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Conn.Benchmarks;

/// <summary>The share of the publishes that an observer was told; "-" for rows that do not count, or have nobody to tell.</summary>
internal sealed class ToldColumn : IColumn
{
    public string Id => ColumnName;

    public string ColumnName => "told";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Statistics;

    public int PriorityInCategory => 11;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "Elements told for each publish and observer";

    public static Deliveries? Of(BenchmarkCase row) => Deliveries.Find(
        row.Descriptor.Type.Name, row.Descriptor.WorkloadMethod.Name, string.Join(' ', row.Parameters.Items.Select(p => p.Value?.ToString())));

    public static string Text(BenchmarkCase row) => Of(row)?.Ratio is { } ratio && double.IsFinite(ratio)
        ? ratio.ToString("P1", CultureInfo.InvariantCulture)
        : "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => Text(benchmarkCase);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => Text(benchmarkCase);

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(c => Of(c) is not null);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}
