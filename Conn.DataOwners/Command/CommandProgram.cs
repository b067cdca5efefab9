using System.Diagnostics;
using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Command;

/// <summary>The program of an owner: how each stage of it is started, and what its ends mean.</summary>
internal sealed class CommandProgram(CommandOwnerOptions options)
{
    private const int CannotNow = 75;
    private const int Refused = 77;
    private const int NotExecutable = 126;
    private const int NotFound = 127;
    private const int FirstSignal = 129;
    private const int LastSignal = 192;
    private const string NotStarted = "failed to execute";

    public static readonly TimeSpan ThawLimit = TimeSpan.FromSeconds(60);

    private static readonly string? Setsid = Array.Find(["/usr/bin/setsid", "/bin/setsid"], File.Exists);

    public CommandOwnerOptions Options => options;

    /// <summary>Checks that the program can be started, as far as that is seen without starting it.</summary>
    /// <exception cref="ConnException">Why not.</exception>
    public void Check(string stage)
    {
        if (Setsid is null)
        {
            throw Failure(ErrorCode.NotSupported, stage, "cannot be started: setsid (of util-linux) is not installed");
        }

        if (System.IO.Directory.Exists(options.Program))
        {
            throw Failure(ErrorCode.NotFound, stage, "cannot be started: it is a folder. Name the program file");
        }

        if (!File.Exists(options.Program))
        {
            throw Failure(ErrorCode.NotFound, stage, "cannot be started: the file does not exist. Check the path");
        }

        if (!IsExecutable(options.Program))
        {
            throw Failure(ErrorCode.AccessDenied, stage, "cannot be started: this user may not execute it. Set its execute permission");
        }
    }

    /// <exception cref="ConnException">The program cannot be started.</exception>
    public ProcessStartInfo StartOf(string stage, string? staging)
    {
        Check(stage);
        ProcessStartInfo start = new(Setsid!)
        {
            WorkingDirectory = "/", UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.ArgumentList.Add(options.Program);
        foreach (string argument in options.Arguments.Append(stage))
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in options.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["CONN_STAGE"] = stage;
        start.Environment["CONN_OPERATION"] = CommandStage.OperationOf(stage);
        start.Environment["CONN_OWNER"] = options.Name;
        start.Environment["CONN_DRIVE"] = options.Drive.ToString();
        start.Environment["CONN_STAGING"] = staging ?? "";
        return start;
    }

    /// <summary>The failure of a stage whose program did not end with 0.</summary>
    public ConnException FailureOf(string stage, int exitCode, string last) => exitCode switch
    {
        CannotNow => Failure(ErrorCode.NotReady, stage, "cannot run now (exit code 75); try again later", last),
        Refused => Failure(ErrorCode.NotSupported, stage, "was refused by the program (exit code 77)", last),
        NotExecutable or NotFound when last.Contains(NotStarted, StringComparison.Ordinal) => Failure(
            exitCode == NotFound ? ErrorCode.NotFound : ErrorCode.AccessDenied, stage,
            "could not be started. Check the program, and the interpreter that its first line names", last),
        >= FirstSignal and <= LastSignal => Failure(ErrorCode.General, stage, $"ended with exit code {exitCode} (signal {exitCode - FirstSignal + 1})", last),
        _ => Failure(ErrorCode.General, stage, $"ended with exit code {exitCode}", last),
    };

    public ConnException Failure(ErrorCode code, string stage, string what, string? last = null, Exception? cause = null) =>
        new(code, $"Owner {options.Name}: stage {stage} of {options.Program} {what}.{(last is null ? "" : " " + last)}", cause);

    private static bool IsExecutable(string path) => Kernel.CheckExecutable(Encoding.UTF8.GetBytes(path + '\0')) == 0;
}
