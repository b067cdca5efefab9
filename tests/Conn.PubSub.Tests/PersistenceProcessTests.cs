using System.Diagnostics;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>What another process holds it holds until it is killed, and what it handed out is not handed out again.</summary>
public sealed class PersistenceProcessTests
{
    private const string PathVariable = "CONN_TESTS_BUS_HELD";
    private static readonly PropertyName Name = new(1, 1);

    /// <summary>With the variable set this is the other process: it says its last stamp, and waits to be killed.</summary>
    [Fact(Timeout = 60000)]
    public async Task A_killed_process_lets_its_file_go_and_its_stamps_are_spent()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { } held)
        {
            await BeKilledAsync(held);
            return;
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("conn-bus-");
        string path = Path.Combine(folder.FullName, "bus");
        ProcessStartInfo start = new("dotnet", [typeof(PersistenceProcessTests).Assembly.Location, "-class", typeof(PersistenceProcessTests).FullName!, "-noColor"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { [PathVariable] = path },
        };
        using (Process process = Process.Start(start)!)
        {
            try
            {
                long spent = long.Parse(await SaidAsync(process), System.Globalization.CultureInfo.InvariantCulture);
                ConnException refused = Assert.Throws<ConnException>(() => new PropertyStore(new PropertyStoreOptions { PersistencePath = path }));
                Assert.Equal(ErrorCode.InUse, refused.Code);
                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                using var store = new PropertyStore(new PropertyStoreOptions { PersistencePath = path });
                PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
                Assert.Equal((ErrorCode.None, 7), (client.Get(Name, out int value), value));
                Assert.Equal(ErrorCode.None, client.Set(Name, 8));
                Assert.True(store.Revision.Value > spent, $"{store.Revision} after {spent}");
            }
            finally
            {
                process.Kill();
            }
        }

        folder.Delete(recursive: true);
    }

    private static async Task BeKilledAsync(string path)
    {
        using var store = new PropertyStore(new PropertyStoreOptions { PersistencePath = path });
        PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
        client.Define(Name, PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, 0, PropertyLifetime.Persisted);
        client.Set(Name, 7);
        store.Flush();
        var unstored = new PropertyName(1, 2);
        client.Define(unstored, PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass);
        for (int i = 0; i < 100; i++)
        {
            client.Set(unstored, i);
        }

        await File.WriteAllTextAsync(path + ".said", store.Revision.ToString(), TestContext.Current.CancellationToken);
        await Console.Out.WriteLineAsync("said".AsMemory(), TestContext.Current.CancellationToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private static async Task<string> SaidAsync(Process process)
    {
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(line);
        }
        while (!line.EndsWith("said", StringComparison.Ordinal));
        return await File.ReadAllTextAsync(process.StartInfo.Environment[PathVariable] + ".said", TestContext.Current.CancellationToken);
    }
}
