using System.Text.Json;
using Xunit;

namespace Conn.Packages.Tests;

/// <summary>What users of the packages do first, outside the clone.</summary>
public sealed class ConsumerTests(Consumers consumers) : IClassFixture<Consumers>
{
    [Fact]
    public async Task A_host_backs_up_a_folder_and_a_database_and_restores_them_in_place()
    {
        string output = await Command.DotnetAsync(Path.Combine(consumers.Folder, "Host"), Path.Combine("bin", "Release", "net10.0", "Host.dll"));
        Assert.Equal(
            [
                "backup of 2 owners: Succeeded, Base", "backup of 2 owners: Succeeded, Increment", "restore in place: Succeeded", "notes: second, new",
                "ledger: first, second",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public async Task A_test_program_runs_in_virtual_time()
    {
        string output = await Command.DotnetAsync(consumers.Folder, "test", "--project", "OwnerTests/OwnerTests.csproj", "-c", "Release", "--no-build");
        Assert.Contains("succeeded: 3", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_author_of_an_owner_gets_the_contract_and_what_it_needs_only() => Assert.Equal(
        ["Conn.ActiveBackup", "Conn.Core", "Conn.PubSub", "Stateless", "System.Reactive"],
        consumers.Restored("Author").Keys.Order(StringComparer.Ordinal));

    // What a lock file holds and a package does not say is one version here and another one there.
    [Theory]
    [InlineData("Conn.Cli", "Host")]
    [InlineData("Conn.ActiveBackup", "Author")]
    [InlineData("Conn.Testing", "OwnerTests")]
    public void A_user_gets_the_versions_that_Conn_is_tested_with(string project, string program)
    {
        IReadOnlyDictionary<string, string> restored = consumers.Restored(program);
        using JsonDocument locked = JsonDocument.Parse(Clone.Read(project, "packages.lock.json"));
        var different = locked.RootElement.GetProperty("dependencies").GetProperty("net10.0").EnumerateObject()
            .Where(p => p.Value.TryGetProperty("resolved", out _) && restored.ContainsKey(p.Name))
            .Select(p => (p.Name, Locked: p.Value.GetProperty("resolved").GetString(), Restored: restored[p.Name]))
            .Where(static p => p.Locked != p.Restored);
        Assert.Empty(different);
    }
}
