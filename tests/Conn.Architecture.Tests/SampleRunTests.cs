using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.Architecture.Tests;

/// <summary>The programs that README and tutorial print are run as a reader would run them: in an empty folder.</summary>
public sealed class SampleRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("conn-sample-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 60000)]
    public async Task The_first_backup_keeps_a_folder_and_a_database_and_restores_them()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "notes"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "notes", "today.txt"), "buy milk", TestContext.Current.CancellationToken);
        using (SqliteConnection ledger = new($"Data Source={Path.Combine(_folder, "ledger.db")};Pooling=False"))
        {
            ledger.Open();
            using SqliteCommand command = new("CREATE TABLE entries (amount INTEGER); INSERT INTO entries VALUES (7)", ledger);
            command.ExecuteNonQuery();
        }

        Assert.Matches("^Succeeded, verified: True\nSucceeded, set [0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\n$", await RunAsync("FirstBackup"));
        Assert.Matches("^Succeeded, verified: True\nSucceeded, set [0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\n$", await RunAsync("FirstBackup"));
        Assert.Equal("buy milk", await File.ReadAllTextAsync(Path.Combine(_folder, "notes", "today.txt"), TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60000)]
    public async Task The_first_owner_restores_what_was_deleted()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "settings.json"), """{"volume": 7}""", TestContext.Current.CancellationToken);

        Assert.Equal("{\"volume\": 7}\n", await RunAsync("FirstOwner"));
    }

    [Theory]
    [InlineData("FirstBackup/Program.cs", "README.md", 17)]
    [InlineData("FirstOwner/SettingsOwner.cs", "README.md", 21)]
    [InlineData("FirstOwner/SettingsOwner.cs", "docs/tutorial.md", 21)]
    [InlineData("FirstOwner/Program.cs", "docs/tutorial.md", 12)]
    public void A_page_prints_the_whole_program(string sample, string page, int mostLines)
    {
        string printed = File.ReadAllText(Path.Combine(SourceTree.Root, page)).ReplaceLineEndings("\n");
        string program = File.ReadAllText(Path.Combine(SourceTree.Root, "samples", sample)).ReplaceLineEndings("\n");

        Assert.Contains($"```csharp\n{program}```", printed, StringComparison.Ordinal);
        Assert.InRange(program.Split('\n').Length - 1, 1, mostLines);
    }

    private async Task<string> RunAsync(string sample)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{sample}.dll")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (process.ExitCode, await errors));
        return output.ReplaceLineEndings("\n");
    }
}
