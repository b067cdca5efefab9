using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>Tables as every verb prints them: quiet borders, nothing interpreted as markup.</summary>
internal static class PlainTable
{
    public static Table Of(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.None);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column)).NoWrap().PadRight(2));
        }

        return table;
    }

    public static Table Row(this Table table, params string[] cells) =>
        table.AddRow([.. cells.Select(c => new Text(Terminal.Printable(c)))]);

    public static void Line(this IAnsiConsole console, string text) => console.Write(new Text(Terminal.Printable(text) + "\n"));
}
