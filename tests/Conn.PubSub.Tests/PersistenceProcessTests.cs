using System.Diagnostics;
using Conn.PubSub.Extensions;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>A file belongs to a process until that is killed, and no revision is given to a publish again.</summary>
public sealed class PersistenceProcessTests
{
    private const string PathVariable = "CONN_TESTS_BUS_HELD";
    private static readonly PropertyName Name = new(1, 1);

    /// <summary>With the variable set this is the other process: it writes its last revision, and waits to be killed.</summary>
    [Fact(Timeout = 60000)]
    public async Task A_killed_process_lets_its_file_go_and_its_revisions_are_spent()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { } held)
        {
            await BeKilledAsync(held);
            return;
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("conn-bus-");
        string path = Path.Combine(folder.FullName, "bus");
        Type other = typeof(PersistenceProcessTests);
        ProcessStartInfo start = new("dotnet", [other.Assembly.Location, "-class", other.FullName!, "-noColor"])
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
                var options = new PropertyStoreOptions { Persistence = new PropertyFile(path) };
                ConnException refused = Assert.Throws<ConnException>(() => new PropertyStore(options));
                Assert.Equal(ErrorCode.InUse, refused.Code);
                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                using var store = new PropertyStore(new PropertyStoreOptions { Persistence = new PropertyFile(path) });
                PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
                Assert.Equal((ErrorCode.Success, 7), (client.TryGet(Name, out int value), value));
                Assert.Equal(ErrorCode.Success, client.TrySet(Name, 8));
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
        var file = new PropertyFile(path);
        using var store = new PropertyStore(new PropertyStoreOptions { Persistence = file });
        PropertyClient client = store.Open(new SecureId(1));
        client.Define(Name, PropertyDefinition.Open(PropertyType.Int) with { Lifetime = PropertyLifetime.Persisted });
        client.TrySet(Name, 7);
        file.Flush();
        var unstored = new PropertyName(1, 2);
        client.TryDefine(unstored, PropertyDefinition.Open(PropertyType.Int));
        for (int i = 0; i < 100; i++)
        {
            client.TrySet(unstored, i);
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
