using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text;
using Conn.Cli.Verbs;

namespace Conn.Cli.Usage;

/// <summary>The help of the tool or of one verb: a usage line with operands, the options, examples. Fits 80 columns.</summary>
internal sealed class HelpPage(bool whateverElse) : SynchronousCommandLineAction
{
    private const int Width = 80;

    /// <summary>Gets whether the page is shown whatever else is wrong with the line, as --help is.</summary>
    public override bool ClearsParseErrors => whateverElse;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.Write(Of(parseResult.CommandResult.Command));
        return 0;
    }

    /// <summary>Gets the text of a page.</summary>
    public static string Of(Command command)
    {
        StringBuilder page = new();
        Wrap(page, "", command.Description ?? "", 0);
        page.Append("\nUsage:\n");
        Verb? verb = command as Verb;
        Wrap(page, "  conn", verb is null ? "VERB ..." : CommandPath.Of(verb) + " " + verb.Usage, 6);
        Rows(page, "Verbs", command.Subcommands.Where(static c => !c.Hidden).Select(static c => (c.Name, c.Description ?? "")));
        Rows(page, "Options", command.Options.Where(static o => !o.Hidden).Select(static o => (Label(o), o.Description ?? "")));
        if (command.Subcommands.Count > 0)
        {
            string words = $"{CommandPath.Of(command)} VERB".TrimStart();
            page.Append($"\nconn help {words}, or conn {words} --help, shows one verb.\n");
        }

        page.Append(verb is null ? "" : "\nExamples:\n");
        foreach (string example in verb?.Examples ?? [])
        {
            page.Append("  conn ").Append(example).Append('\n');
        }

        return page.ToString();
    }

    private static string Label(Option option) => option.HelpName is null ? option.Name : $"{option.Name} {option.HelpName}";

    private static void Rows(StringBuilder page, string title, IEnumerable<(string Left, string Right)> rows)
    {
        (string Left, string Right)[] all = [.. rows];
        if (all.Length == 0)
        {
            return;
        }

        int column = Math.Min(28, all.Max(static r => r.Left.Length) + 4);
        page.Append('\n').Append(title).Append(":\n");
        foreach ((string left, string right) in all)
        {
            string start = "  " + left;
            if (start.Length > column - 2)
            {
                page.Append(start).Append('\n');
                start = "";
            }

            Wrap(page, start.PadRight(column - 1), right, column);
        }
    }

    private static void Wrap(StringBuilder page, string start, string text, int indent)
    {
        StringBuilder line = new(start);
        foreach (string word in text.Split(' '))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                page.Append(line).Append('\n');
                line.Clear().Append(' ', Math.Max(0, indent - 1));
            }

            line.Append(line.Length == 0 ? "" : " ").Append(word);
        }

        page.Append(line).Append('\n');
    }
}
