using System.CommandLine;
using System.CommandLine.Completions;

namespace Conn.Cli.Verbs;

/// <summary><c>conn completion</c>: a script with which a shell completes verbs and options. The shell asks the tool itself, so the script knows none of
/// them.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        _conn() {
            local IFS=$'\n' cur=${COMP_WORDS[COMP_CWORD]}
            COMPREPLY=($(compgen -W "$(conn complete "$COMP_POINT" "$COMP_LINE" 2>/dev/null)" -- "$cur"))
        }
        complete -o bashdefault -o default -F _conn conn

        """;

    private const string Zsh = """
        #compdef conn
        _conn() {
            local -a found
            found=("${(@f)$(conn complete "$CURSOR" "$BUFFER" 2>/dev/null)}")
            [[ -n $found ]] && compadd -a found || _files
        }
        compdef _conn conn

        """;

    private const string Fish = """
        function __conn_complete
            conn complete (commandline --cursor) (commandline) 2>/dev/null
        end
        complete --command conn --arguments '(__conn_complete)'

        """;

    // The parser knows them; nobody needs them offered beside --help.
    private static readonly string[] OtherWaysToHelp = ["/?", "/h", "-?"];

    public static Command Create()
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or fish." };
        shell.CompletionSources.Add("bash", "zsh", "fish");
        shell.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: not ("bash" or "zsh" or "fish") and var word }, ..])
            {
                result.AddError($"There is no completion for '{word}'; there is one for bash, zsh and fish.");
            }
        });
        Verb command = new("completion", "Print a script that completes verbs and options in a shell.")
        {
            Usage = "bash | zsh | fish", Examples = ["completion bash > /etc/bash_completion.d/conn", "completion fish > ~/.config/fish/completions/conn.fish"],
        };
        command.Add(shell);
        command.SetAction((parsed, _) =>
        {
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    /// <summary>The question that the scripts ask: which words may stand at a position of a line.</summary>
    public static Command CreateQuestion()
    {
        Argument<int> position = new("POSITION");
        Argument<string> line = new("LINE");
        Command command = new("complete") { position, line };
        command.Hidden = true;
        command.SetAction((parsed, _) =>
        {
            string text = parsed.GetRequiredValue(line);
            ParseResult asked = parsed.RootCommandResult.Command.Parse(text, new ParserConfiguration { ResponseFileTokenReplacer = null });
            foreach (CompletionItem item in asked.GetCompletions(Math.Clamp(parsed.GetRequiredValue(position), 0, text.Length))
                .Where(static i => !OtherWaysToHelp.Contains(i.Label)))
            {
                parsed.InvocationConfiguration.Output.WriteLine(item.InsertText ?? item.Label);
            }

            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }
}
