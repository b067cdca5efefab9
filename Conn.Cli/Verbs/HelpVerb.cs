using System.CommandLine;
using System.CommandLine.Completions;
using Conn.Cli.Usage;

namespace Conn.Cli.Verbs;

/// <summary><c>conn help</c>: the help of the tool, or of one verb.</summary>
internal static class HelpVerb
{
    public static Command Create()
    {
        Argument<string[]> verb = new("VERB") { Arity = ArgumentArity.ZeroOrMore };
        Verb command = new("help", "Show help, or the help of a verb.") { Usage = "[VERB]", Examples = ["help backup", "help key add"] };
        verb.CompletionSources.Add(static context => context.ParseResult.RootCommandResult.Command.Subcommands
            .Where(static c => !c.Hidden).Select(static c => new CompletionItem(c.Name)));
        command.Add(verb);
        command.SetAction((parsed, _) =>
        {
            Command shown = parsed.RootCommandResult.Command;
            foreach (string name in parsed.GetValue(verb) ?? [])
            {
                shown = shown.Subcommands.FirstOrDefault(c => c.Name == name)
                    ?? throw new UsageException($"{ParseErrors.UnknownVerb(shown, name)} Try: conn help{CommandPath.Full(shown)["conn".Length..]}");
            }

            parsed.InvocationConfiguration.Output.Write(HelpPage.Of(shown));
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }
}
