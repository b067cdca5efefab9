using System.CommandLine;

namespace Conn.Cli.Verbs;

/// <summary><c>conn demo</c>: the whole story on real files, in a minute, nothing to install.</summary>
internal static class DemoVerb
{
    public static Command Create(VerbContext context)
    {
        Option<string?> keep = SharedOptions.One("--keep", "DIR", "Work in this new or empty folder and keep it.");
        Verb command = new("demo", "Show a backup, a loss and a restore on real files and a real database.")
        {
            Usage = "[--keep DIR] [--json]", Examples = ["demo", "demo --keep /tmp/conn-demo"],
        };
        command.Add(keep);
        command.AddCommon();
        command.SetAction((parsed, _) => new Demo.DemoStory(context, parsed.GetValue(keep)).RunAsync());
        return command;
    }
}
