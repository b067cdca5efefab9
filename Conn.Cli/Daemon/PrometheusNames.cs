using System.Text.RegularExpressions;
using Conn.Hosting;

namespace Conn.Cli.Daemon;

/// <summary>The names of metrics as Prometheus wants them: the unit at the end, a counter that says so. The adapter writes the name of the meter before each, and every
/// counter as a gauge.</summary>
internal static partial class PrometheusNames
{
    private const string Counter = "_total";

    private static readonly Dictionary<string, string> Endings = new()
    {
        [Adapted(ConnTelemetry.OperationDuration)] = "_seconds", [Adapted(ConnTelemetry.OwnerHeldDuration)] = "_seconds",
        [Adapted(ConnTelemetry.OwnerLastSuccessAge)] = "_seconds", [Adapted(ConnTelemetry.OwnerTransferred)] = "_bytes" + Counter,
        [Adapted(ConnTelemetry.PropertyObservers)] = "",
    };

    /// <summary>Renames the metrics of a text.</summary>
    public static string Apply(string text) => Name().Replace(text, static match =>
    {
        string adapted = match.Groups["name"].Value;
        string known = Endings.Keys.FirstOrDefault(k => adapted == k || adapted.StartsWith(k + '_', StringComparison.Ordinal)) ?? adapted;
        string ending = Endings.GetValueOrDefault(known, "");
        bool isCounter = match.Groups["type"].Value.Length > 0 && ending.EndsWith(Counter, StringComparison.Ordinal);
        return match.Groups["before"].Value + "conn_" + known + ending + adapted[known.Length..] + (isCounter ? " counter" : match.Groups["type"].Value);
    });

    private static string Adapted(string instrument) => instrument["conn.".Length..].Replace('.', '_');

    [GeneratedRegex(@"^(?<before>(# HELP |# TYPE )?)conn_conn_(?<name>\w+)(?<type>( gauge$)?)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
