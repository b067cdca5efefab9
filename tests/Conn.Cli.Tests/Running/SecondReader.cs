using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>The reader of repositories in another language, tests/reader, which was written from the pages of the formats alone.</summary>
internal static class SecondReader
{
    /// <summary>The system's Python, which has the libraries of its packages.</summary>
    public const string Python = "/usr/bin/python3";

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "conn_reader.py");

    /// <summary>Skips the test where the reader cannot run.</summary>
    public static async Task RequireAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Python), $"There is no {Python}.");
        await using ToolProcess process = ToolProcess.Start(Python, [], ["-c", "import cryptography, zstandard, argon2, xxhash"]);
        Assert.SkipUnless((await process.EndAsync()).ExitCode == 0,
            "The Debian packages python3-cryptography, python3-zstandard, python3-argon2 and python3-xxhash are not installed.");
    }

    /// <summary>Restores a set: each directory owner to a folder of its name, the streams of the others to files.</summary>
    public static Task RestoreAsync(string repository, long set, string to, params string[] key) =>
        ToolRun.OtherAsync(Python, [Program, repository, $"{set}", to, .. key]);

    /// <summary>Decrypts the vectors of a page.</summary>
    /// <returns>What it says.</returns>
    public static async Task<string> CheckVectorsAsync(string page) => (await ToolRun.OtherAsync(Python, Program, "--vectors", page)).Trim();
}
