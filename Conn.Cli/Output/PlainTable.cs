using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>Tables and lines as every verb writes them: no borders, nothing interpreted as markup. Only the last column wraps.</summary>
internal static class PlainTable
{
    public static Table Of(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.None);
        foreach (string column in columns)
        {
            TableColumn added = new TableColumn(new Text(column)).PadRight(2);
            table.AddColumn(column == columns[0] || column == columns[^1] ? added : added.NoWrap());
        }

        return table;
    }

    public static Table Row(this Table table, params string[] cells) => table.AddRow([.. cells.Select(static c => Cell(PrintableText.Of(c)))]);

    public static void Line(this IAnsiConsole console, string text) => console.Write(new Text(PrintableText.Of(text) + "\n"));

    /// <summary>Outcomes have a colour on a terminal that has any.</summary>
    private static Text Cell(string text) => text switch
    {
        "succeeded" => new Text(text, Color.Green),
        "partial" or "incomplete" or "skipped" => new Text(text, Color.Yellow),
        "failed" => new Text(text, Color.Red),
        _ => new Text(text),
    };
}
