using System.CommandLine;

namespace Conn.Cli.Usage;

/// <summary>Turns what is wrong with a command line into one sentence. The parser reports an error for each word it does not know.</summary>
internal static class ParseErrors
{
    public static string Sentence(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string verb = CommandPath.Full(command)["conn".Length..];
        if (command.Arguments.Any(static a => a.Name == "SET") && parsed.Tokens.Any(static t => t.Value.StartsWith("--set", StringComparison.Ordinal)))
        {
            return $"conn{verb} takes its set without --set: conn{verb} SET. Try: conn{verb} --help";
        }

        string what = parsed.UnmatchedTokens is [string first, ..] ? Unknown(parsed, command, verb, first) : Missing(parsed, verb) ?? parsed.Errors[0].Message;
        return $"{what} Try: conn{verb} --help";
    }

    /// <summary>Says that a verb is unknown, and which one is near.</summary>
    public static string UnknownVerb(Command root, string word) =>
        $"There is no verb '{word}'{DidYouMean(word, root.Subcommands.Where(static c => !c.Hidden).Select(static c => c.Name))}";

    private static string Unknown(ParseResult parsed, Command command, string verb, string word)
    {
        if (!word.StartsWith('-'))
        {
            bool isPath = word.Contains('/', StringComparison.Ordinal);
            string meant = NeedsRepository(parsed) ? $"; did you mean --repo {word}?"
                : isPath && Options(command).Contains("--dir") ? $"; did you mean --dir NAME={word}?"
                : DidYouMean("--" + word, Options(command));
            return command.Subcommands.Count > 0 ? UnknownVerb(command, word) : $"'{word}' is not expected after conn{verb}{meant}";
        }

        string option = word.Split('=')[0];
        if (Options(command).Contains(option))
        {
            return $"{option} stands before the verb, and belongs after it: conn{verb} {option}.";
        }

        return $"conn{verb} has no option '{option}'{DidYouMean(option, Options(command))}";
    }

    /// <summary>Says which operands are missing; null if none is. What was meant as OWNER:PATH stands where the set is expected.</summary>
    private static string? Missing(ParseResult parsed, string verb)
    {
        IList<Argument> operands = parsed.CommandResult.Command.Arguments;
        string[] missing = [.. operands.Where(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is null or { Tokens.Count: 0 }).Select(static a => a.Name)];
        string usage = $"conn{verb} {string.Join(' ', operands.Select(static a => a.Name))}";
        return missing.Length == 0 ? null
            : operands[0].Name == "SET" && parsed.GetResult(operands[0]) is { Tokens: [{ Value: var word }] } && word.Contains(':', StringComparison.Ordinal)
                ? $"SET is missing before '{word}': {usage}. The newest set is latest."
            : $"{string.Join(" and ", missing)} {(missing.Length == 1 ? "is" : "are")} missing: {usage}.";
    }

    /// <summary>Whether the only thing that the command lacks is a repository, so that a word alone is one.</summary>
    private static bool NeedsRepository(ParseResult parsed) => parsed.UnmatchedTokens.Count == 1 && parsed.CommandResult.Command.Arguments.Count == 0
        && Nearest.Of("--" + parsed.UnmatchedTokens[0], Options(parsed.CommandResult.Command)) is null
        && parsed.CommandResult.Command.Options.FirstOrDefault(static o => o.Name == "--repo") is { } repo
        && parsed.GetResult(repo) is null or { Implicit: true };

    private static IEnumerable<string> Options(Command command) => command.Options.Where(static o => !o.Hidden).Select(static o => o.Name);

    private static string DidYouMean(string word, IEnumerable<string> known) => Nearest.Of(word, known) is { } meant ? $"; did you mean {meant}?" : ".";
}
