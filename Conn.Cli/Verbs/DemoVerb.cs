using System.CommandLine;

namespace Conn.Cli.Verbs;

/// <summary><c>conn demo</c>: the whole story on real files, in a minute, nothing to install.</summary>
internal static class DemoVerb
{
    public static Command Create(VerbContext context)
    {
        Option<string?> keep = new Option<string?>("--keep") { Description = "Work in this new or empty folder and keep it.", HelpName = "DIR" }.NotEmpty();
        Command command = new("demo", "Show the whole story on real files and a real database.") { keep, SharedOptions.Json() };
        command.SetAction((parsed, _) => new Demo.DemoStory(context, parsed.GetValue(keep)).RunAsync());
        return command;
    }
}
