using System.Globalization;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;

namespace Conn.Benchmarks;

/// <summary>Markdown with one short table for each group, to be pasted into a page of benchmarks/results.</summary>
internal sealed class TablePerGroup : ExporterBase
{
    private static readonly double[] _percentiles = [50, 99, 99.9];

    protected override string FileExtension => "md";

    protected override string FileCaption => "groups";

    public override void ExportToLog(Summary summary, ILogger logger)
    {
        foreach (IGrouping<string, BenchmarkReport> group in summary.Reports.GroupBy(r => r.BenchmarkCase.Descriptor.Type.Name))
        {
            bool percentiles = group.Any(r => PercentileColumn.Of(r.BenchmarkCase) is not null);
            bool told = group.Any(r => ToldColumn.Of(r.BenchmarkCase) is not null);
            string[] parameters = [.. group.First().BenchmarkCase.Parameters.Items.Select(p => p.Name)];
            string[] columns = [.. parameters, "", "min", "mean", .. percentiles ? _percentiles.Select(Heading) : [], .. told ? ["told"] : Array.Empty<string>(), "allocated"];
            logger.WriteLine($"## {group.Key}");
            logger.WriteLine(Line(columns));
            logger.WriteLine(Line(columns.Select((_, i) => i <= parameters.Length ? "---" : "---:")));
            foreach (BenchmarkReport report in group)
            {
                logger.WriteLine(Line(Row(report, percentiles, told)));
            }

            logger.WriteLine();
        }
    }

    private static IEnumerable<string> Row(BenchmarkReport report, bool percentiles, bool told)
    {
        foreach (BenchmarkDotNet.Parameters.ParameterInstance parameter in report.BenchmarkCase.Parameters.Items)
        {
            yield return parameter.Value?.ToString() ?? "";
        }

        yield return report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
        yield return Nanoseconds(report.ResultStatistics?.Min);
        yield return Nanoseconds(report.ResultStatistics?.Mean);
        foreach (double percent in percentiles ? _percentiles : [])
        {
            yield return Nanoseconds(PercentileColumn.Of(report.BenchmarkCase)?.Percentile(percent));
        }

        if (told)
        {
            yield return ToldColumn.Text(report.BenchmarkCase);
        }

        yield return report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) is > 0 and long bytes ? $"{bytes} B" : "-";
    }

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string Heading(double percent) => string.Create(CultureInfo.InvariantCulture, $"p{percent}");

    private static string Nanoseconds(double? value) => value is not { } number ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{number.ToString(number < 100 ? "N1" : "N0", CultureInfo.InvariantCulture)} ns");
}
