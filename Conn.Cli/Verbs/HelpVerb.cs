using System.CommandLine;
using System.CommandLine.Completions;
using Conn.Cli.Usage;

namespace Conn.Cli.Verbs;

/// <summary><c>conn help</c>: the help of the tool, or of one verb.</summary>
internal static class HelpVerb
{
    public static Command Create()
    {
        Argument<string?> verb = new("VERB") { Arity = ArgumentArity.ZeroOrOne };
        Verb command = new("help", "Show help, or the help of a verb.") { Usage = "[VERB]", Examples = ["help", "help backup"] };
        verb.CompletionSources.Add(static context => context.ParseResult.RootCommandResult.Command.Subcommands
            .Where(static c => !c.Hidden).Select(static c => new CompletionItem(c.Name)));
        command.Add(verb);
        command.SetAction((parsed, _) =>
        {
            Command root = parsed.RootCommandResult.Command;
            string? name = parsed.GetValue(verb);
            Command shown = name is null ? root : root.Subcommands.FirstOrDefault(c => c.Name == name)
                ?? throw new UsageException($"{ParseErrors.UnknownVerb(root, name)} Try: conn help");
            parsed.InvocationConfiguration.Output.Write(HelpPage.Of(shown));
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }
}
