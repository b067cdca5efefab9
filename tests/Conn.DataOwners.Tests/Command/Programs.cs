using System.Diagnostics;
using Xunit;

namespace Conn.DataOwners.Tests.Command;

/// <summary>Runs the programs that the tests of the recipes need, as a user without privileges where that is asked for.</summary>
internal static class Programs
{
    private const string User = "65534";

    public static string Recipe(string name) => Path.Combine(AppContext.BaseDirectory, "recipes", name);

    /// <summary>Ends the test, with the reason, if a program is not installed.</summary>
    public static void SkipWithout(string package, params string[] programs)
    {
        if (Missing(programs) is { } missing)
        {
            Assert.Skip($"{missing} is not installed (apt-get install {package})");
        }
    }

    /// <summary>The first program that is not installed, or null.</summary>
    public static string? Missing(params string[] programs) => Array.Find(programs, static p => Find(p) is null);

    /// <summary>The path of a program: in PATH, or in the newest folder of a PostgreSQL server.</summary>
    public static string? Find(string program)
    {
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        const string servers = "/usr/lib/postgresql";
        folders = folders.Concat(System.IO.Directory.Exists(servers)
            ? System.IO.Directory.EnumerateDirectories(servers).OrderDescending(StringComparer.Ordinal).Select(static f => Path.Combine(f, "bin")) : []);
        return folders.Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);
    }

    /// <summary>Gives a folder to the user of the servers.</summary>
    public static string ServerFolder(string path)
    {
        System.IO.Directory.CreateDirectory(path);
        CommandLab.SetMode(path, 0x1C0);
        if (Environment.IsPrivilegedProcess)
        {
            Directory.OtherUser.Own(path);
        }

        return path;
    }

    /// <summary>Starts a server. PostgreSQL refuses to run as root, so root runs servers as nobody.</summary>
    public static Process StartServer(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(Environment.IsPrivilegedProcess ? "setpriv" : Find(program)!)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = "/",
        };
        string[] before = Environment.IsPrivilegedProcess ? [$"--reuid={User}", $"--regid={User}", "--clear-groups", "--pdeathsig=KILL", Find(program)!] : [];
        foreach (string argument in before.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["LC_ALL"] = "C";
        return Process.Start(start)!;
    }

    /// <summary>Waits for a line of a server's log; then lets the rest run to nowhere.</summary>
    public static async Task UntilAsync(StreamReader log, string says, CancellationToken cancellationToken)
    {
        List<string> lines = [];
        while (await log.ReadLineAsync(cancellationToken) is { } line)
        {
            lines.Add(line);
            if (line.Contains(says, StringComparison.Ordinal))
            {
                _ = log.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return;
            }
        }

        Assert.Fail($"The server ended before it was ready: {string.Join('\n', lines.TakeLast(10))}");
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task<string> RunAsync(Process process, CancellationToken cancellationToken)
    {
        using (process)
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            Assert.True(process.ExitCode == 0, $"{process.StartInfo.FileName} ended with {process.ExitCode}: {output}{await errors}");
            return output.Trim();
        }
    }

    public static async Task EndAsync(Process process)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }
}
