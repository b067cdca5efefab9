using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Cli.Usage;
using Conn.Cli.Verbs;
using Conn.Engine;

namespace Conn.Cli;

/// <summary>The tool: parses, runs one verb, and turns whatever happens into one sentence and one exit code.</summary>
internal static class ConnTool
{
    private static readonly PosixSignal[] Interrupts = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private const int FileSizeExceeded = 25; // SIGXFSZ of Linux and macOS

    /// <summary>Runs the tool.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="errors">Where messages go.</param>
    /// <param name="cancellationToken">Interrupts as Ctrl-C does.</param>
    /// <param name="onProgress">Called for each step of an operation, synchronously; for tests that end the process there.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancellationToken,
        Action<OperationProgress>? onProgress = null)
    {
        using CancellationTokenSource interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Terminal terminal = new(output, errors);
        VerbContext context = new(terminal, onProgress, interrupted.Token);
        PosixSignalRegistration[] signals = [.. Interrupts.Select(s => PosixSignalRegistration.Create(s, Interrupt)), .. SizeLimit()];
        try
        {
            return terminal.Finish(await RunAsync(args, context));
        }
        finally
        {
            Array.ForEach(signals, static s => s.Dispose());
        }

        void Interrupt(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (signal.Signal == PosixSignal.SIGHUP && context.OnHangUp is { } onHangUp)
            {
                onHangUp();
            }
            else
            {
                interrupted.Cancel();
            }
        }
    }

    /// <summary>A write beyond the greatest size of a file is an error like a full disk, and not the end of the process.</summary>
    private static PosixSignalRegistration[] SizeLimit() =>
        OperatingSystem.IsWindows() ? [] : [PosixSignalRegistration.Create((PosixSignal)FileSizeExceeded, static signal => signal.Cancel = true)];

    /// <summary>The command line as a whole; its verbs are one file each.</summary>
    public static RootCommand Root(VerbContext context)
    {
        RootCommand root = new("Conn backs up and restores the private data of components, in a legal order.")
        {
            DemoVerb.Create(context),
            InitVerb.Create(context),
            BackupVerb.Create(context),
            RestoreVerb.Create(context),
            ListVerb.Create(context),
            ShowVerb.Create(context),
            LsVerb.Create(context),
            FindVerb.Create(context),
            DiffVerb.Create(context),
            DumpVerb.Create(context),
            VerifyVerb.Create(context),
            KeyVerb.Create(context),
            PruneVerb.Create(context),
            HoldVerb.Create(context),
            HoldVerb.CreateRelease(context),
            ServeVerb.Create(context),
            StatusVerb.Create(context),
            OwnersVerb.Create(context),
            PlanVerb.Create(context),
            AbortVerb.Create(context),
            HistoryVerb.Create(context),
            WatchVerb.Create(context),
            PropertyVerb.Create(context),
            DoctorVerb.Create(context),
            CompletionVerb.Create(),
            CompletionVerb.CreateQuestion(),
            HelpVerb.Create(),
        };
        root.Options.OfType<VersionOption>().Single().Aliases.Add("-V");
        root.Action = new HelpPage(whateverElse: false);
        root.Options.OfType<HelpOption>().Single().Action = new HelpPage(whateverElse: true);
        return root;
    }

    private static async Task<int> RunAsync(string[] args, VerbContext context)
    {
        Terminal terminal = context.Terminal;
        if (!NeedsFewFiles(args) && Descriptors.TooFew() is { } tooFew)
        {
            // Before the parser and the verbs are loaded: the runtime keeps the file of each assembly open.
            terminal.Json = args.Contains(SharedOptions.Json);
            terminal.Fail(tooFew, ExitCode.TryLater);
            return (int)ExitCode.TryLater;
        }

        if (args.FirstOrDefault(static a => a.Contains('\uFFFD', StringComparison.Ordinal)) is { } other)
        {
            // The runtime has replaced what it could not read, and it would be another name.
            terminal.Json = args.Contains(SharedOptions.Json);
            terminal.Fail($"'{other}' is not valid UTF-8, and so names something else. Give a path that is, for example by a link to it.", ExitCode.Usage);
            return (int)ExitCode.Usage;
        }

        RootCommand root = Root(context);

        // A value is a value: nothing is read from @files, and nothing is a directive.
        root.Directives.Clear();
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        terminal.Json = IsSet(SharedOptions.Json);
        terminal.Quiet = IsSet(SharedOptions.Quiet);
        terminal.NoProgress = IsSet(SharedOptions.NoProgress);
        context.Key = KeySource.Of(parsed, context.Interrupted);
        if (args is [['[', ..], ..])
        {
            // The parser passes over it.
            terminal.Fail($"{ParseErrors.UnknownVerb(root, args[0])} Try: conn --help", ExitCode.Usage);
            return (int)ExitCode.Usage;
        }

        if (parsed.Errors.Count > 0 && !args.Any(static a => a is "--help" or "-h" or "-?" or "--version" or "-V"))
        {
            terminal.Fail(ParseErrors.Sentence(parsed), ExitCode.Usage);
            return (int)ExitCode.Usage;
        }

        try
        {
            InvocationConfiguration configuration = new()
            {
                Output = terminal.Output, Error = terminal.Errors, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, CancellationToken.None);
        }
#pragma warning disable CA1031 // The last place: everything becomes a sentence and a code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Failed(context, e, parsed);
        }

        // Of a line that cannot be parsed as a whole nothing is known but its words.
        bool IsSet(string option) => parsed.Errors.Count > 0 ? args.Contains(option)
            : parsed.CommandResult.Command.Options.Any(o => o.Name == option) && parsed.GetValue<bool>(option);
    }

    // Help, versions and completion open nothing.
    private static bool NeedsFewFiles(string[] args) =>
        args is [] or ["help" or "completion", ..] || args.Any(static a => a is "--help" or "-h" or "-?" or "--version" or "-V");

    private static int Failed(VerbContext context, Exception failure, ParseResult parsed)
    {
        Terminal terminal = context.Terminal;
        Exception e = Explained(failure);

        // Something was cancelled that nobody interrupted: that is not what the code says.
        bool isStray = e is OperationCanceledException && !context.Interrupted.IsCancellationRequested;
        ExitCode code = isStray ? ExitCode.Failed : ExitCodes.Of(e);
        bool isDefect = isStray || (code == ExitCode.Failed && IsDefect(e));
        terminal.Fail(code == ExitCode.Interrupted ? $"Interrupted: {(parsed.CommandResult.Command as Verb)?.WhenInterrupted(parsed) ?? "nothing was changed."}"
            : isDefect ? $"Unexpected {e.GetType().Name}: {e.Message} This is a defect of Conn; please report it with what follows." : e.Message, code);
        foreach (string line in isDefect ? (e.StackTrace ?? "").Split('\n') : [])
        {
            terminal.Attention(line.TrimEnd('\r'));
        }

        return (int)code;
    }

    // Failures of what is around the program say what to do about it.
    private static Exception Explained(Exception e) =>
        e is FileNotFoundException && !HasCurrentFolder()
            ? new UsageException("The current folder does not exist any more. Change to another one, or give full paths.")
        : ExitCodes.IsOutOfMemory(e) ? new ConnException(
            ErrorCode.NoMemory, "There is not enough memory, or no room for another thread: see ulimit -v and -u, and the limits of the container.", e)
        : e;

    private static bool HasCurrentFolder()
    {
        try
        {
            return Environment.CurrentDirectory.Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsDefect(Exception e) =>
        e is not (UsageException or Conn.ConnException or Conn.Repository.RepositoryException or IOException or UnauthorizedAccessException
            or OperationCanceledException);
}
