using System.Diagnostics;
using Conn.PubSub.Extensions;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>The device refuses to make the file of persisted properties durable: that is reported, and the file is the old one or the new one.</summary>
public sealed class PropertyFileFlushTests
{
    private const string PathVariable = "CONN_TESTS_BUS_FLUSHED";
    private const string Strace = "/usr/bin/strace";
    private static readonly PropertyName Name = new(1, 1);

    /// <summary>With the variable set this is the other process: it keeps a property, and writes down what was reported.</summary>
    [Fact(Timeout = 120000)]
    public async Task A_flush_that_fails_is_reported_wherever_it_fails_and_the_file_stays_whole()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { } kept)
        {
            await KeepAsync(kept);
            return;
        }

        Assert.SkipUnless(File.Exists(Strace), "There is no strace on this machine (Debian: apt-get install strace).");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("conn-bus-");
        int failures = 0;
        for (int nth = 1; ; nth++)
        {
            string path = Path.Combine(folder.FullName, $"bus-{nth}");
            string log = path + ".log";
            await RunOtherAsync(path, log, nth);
            string[] said = await File.ReadAllLinesAsync(path + ".said", TestContext.Current.CancellationToken);
            bool failed = File.ReadLines(log).Any(static line => line.Contains("(INJECTED)", StringComparison.Ordinal));
            Assert.Equal(failed, said.Length > 0);
            using (var store = new PropertyStore(new PropertyStoreOptions { Persistence = new PropertyFile(path) }))
            {
                ErrorCode code = store.Open(store.MintIdentity(new SecureId(1))).TryGet(Name, out int value);
                Assert.True(code == ErrorCode.NotFound || (code == ErrorCode.Success && value is 0 or 7), $"{code} {value} after flush {nth}");
            }

            if (!failed)
            {
                break;
            }

            failures++;
        }

        Assert.True(failures >= 2, $"Only {failures} flushes failed.");
        folder.Delete(recursive: true);
    }

    private static async Task RunOtherAsync(string path, string log, int nth)
    {
        Type other = typeof(PropertyFileFlushTests);
        string[] options = ["-f", "--seccomp-bpf", "-o", log, "-e", "trace=fsync", "-e", $"inject=fsync:error=EIO:when={nth}"];
        ProcessStartInfo start = new(Strace, [.. options, "dotnet", other.Assembly.Location, "-class", other.FullName!, "-noColor"])
        {
            RedirectStandardOutput = true,
            Environment = { [PathVariable] = path },
        };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
    }

    // One line for each failure that was reported.
    private static async Task KeepAsync(string path)
    {
        List<string> said = [];
        var file = new PropertyFile(path);
        void Try(Action step)
        {
            try
            {
                step();
            }
            catch (IOException error)
            {
                said.Add(error.Message);
            }
        }

        PropertyStore? store = null;
        Try(() => store = new PropertyStore(new PropertyStoreOptions { Persistence = file, ObserverFailed = error => said.Add(error.Message) }));
        if (store is not null)
        {
            PropertyClient client = store.Open(new SecureId(1));
            client.Define(Name, PropertyDefinition.Open(PropertyType.Int) with { Lifetime = PropertyLifetime.Persisted });
            client.TrySet(Name, 7);
            Try(file.Flush);
            Try(store.Dispose);
        }

        await File.WriteAllLinesAsync(path + ".said", said, TestContext.Current.CancellationToken);
    }
}
