using System.CommandLine;
using System.Runtime.InteropServices;
using Conn.Cli.Output;
using Conn.Cli.Verbs;
using Conn.Engine.Reports;

namespace Conn.Cli;

/// <summary>The tool: parses, runs one verb, and turns whatever happens into one sentence and one exit code.</summary>
internal static class ConnTool
{
    /// <summary>Runs the tool.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="errors">Where messages go.</param>
    /// <param name="cancellationToken">Interrupts politely, as Ctrl-C does.</param>
    /// <param name="onProgress">Told of each step of an operation, synchronously; for tests that end the process there.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancellationToken, Action<OperationProgress>? onProgress = null)
    {
        using CancellationTokenSource interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using PosixSignalRegistration sigint = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using PosixSignalRegistration sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        using Terminal terminal = new(output, errors, false);
        VerbContext context = new(terminal, onProgress, interrupted.Token);

        // A value is a value: nothing is read from @files, and nothing is a directive.
        RootCommand root = Root(context);
        root.Directives.Clear();
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && !args.Any(a => a is "--help" or "-h" or "-?" or "--version"))
        {
            terminal.Note($"conn: {string.Join(" ", parsed.Errors.Select(e => e.Message))} Try: conn {Verb(parsed)}--help");
            return (int)ExitCode.Usage;
        }

        terminal.Json = parsed.Errors.Count == 0 && parsed.CommandResult.Command.Options.Any(o => o.Name == "--json") && parsed.GetValue<bool>("--json");
        try
        {
            InvocationConfiguration configuration = new()
            {
                Output = output, Error = errors, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, CancellationToken.None);
        }
#pragma warning disable CA1031 // The last place: everything becomes a sentence and a code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ExitCode code = ExitCodes.Of(e);
            terminal.Fail(code == ExitCode.Interrupted ? "Interrupted: owners were released, the host is in Normal, the repository is as it was before." : Sentence(e), code);
            if (IsDefect(e))
            {
                foreach (string line in (e.StackTrace ?? "").Split('\n'))
                {
                    terminal.Note(line.TrimEnd('\r'));
                }
            }

            return (int)code;
        }

        void Interrupt(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }
    }

    /// <summary>The command line as a whole; its verbs are one file each.</summary>
    public static RootCommand Root(VerbContext context) => new("Conn backs up and restores the private data of components, in a legal order.")
    {
        DemoVerb.Create(context),
        InitVerb.Create(context),
        BackupVerb.Create(context),
        RestoreVerb.Create(context),
        ListVerb.Create(context),
        ShowVerb.Create(context),
        VerifyVerb.Create(context),
    };

    private static string Verb(ParseResult parsed) => parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";

    private static string Sentence(Exception e) => IsDefect(e)
        ? $"Unexpected {e.GetType().Name}: {e.Message} This is a defect of Conn; please report it with what follows." : e.Message;

    private static bool IsDefect(Exception e) =>
        e is not (UsageException or Conn.PubSub.ConnException or Conn.Repository.RepositoryException or IOException or UnauthorizedAccessException or OperationCanceledException or OutputException);
}
