using System.Text.Json;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>What both kills have: two owners of different kinds, two sets of them, and what each set held.</summary>
public abstract class KillTests : IAsyncLifetime
{
    private protected Workplace Place { get; } = new Workplace().WithDocs(300).WithLedger(400);

    private protected string[] Sets { get; private set; } = [];

    private protected (TreePrint Docs, string Ledger) Second { get; private set; }

    public async ValueTask InitializeAsync()
    {
        (await Place.BackupAsync(Place.Owners)).Ends(0);
        Change("a");
        (await Place.BackupAsync([.. Place.Owners, "--increment"])).Ends(0);
        Second = await PrintAsync();
        Sets = await Place.SetsAsync();
        Assert.Equal(2, Sets.Length);
    }

    public ValueTask DisposeAsync()
    {
        Place.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Some files changed, renamed, gone and new, and rows of the database.</summary>
    private protected void Change(string tag)
    {
        string[] files = [.. Directory.EnumerateFiles(Place.Docs, "f*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        for (int i = 0; i + 2 < files.Length; i += 25)
        {
            File.AppendAllText(files[i], tag);
            File.Move(files[i + 1], files[i + 1] + tag);
            File.Delete(files[i + 2]);
            Place.File($"home/docs/new-{tag}/f{i}", 2000);
        }

        Place.File($"home/docs/f-large-{tag}", 3_000_000);
        Ledger.Add(Place.Database, 30);
    }

    private protected async Task<(TreePrint Docs, string Ledger)> PrintAsync() => (await TreePrint.OfAsync(Place.Docs), Ledger.Print(Place.Database));

    private protected async Task AssertRestoresAsync(string set, (TreePrint Docs, string Ledger) expected, string name)
    {
        string target = Place.At(name);
        (await Place.RestoreAsync("--set", set, "--to", target)).Ends(0);
        expected.Docs.AssertSame(await TreePrint.OfAsync(Path.Combine(target, "docs")), $"docs of {set}");
        Assert.Equal(expected.Ledger, Ledger.Print(Path.Combine(target, "ledger/ledger.db")));
    }

    /// <summary>A backup of both owners that ends well; gives its report.</summary>
    private protected async Task<JsonElement> NextBackupAsync() => (await Place.BackupAsync([.. Place.Owners, "--json"])).Ends(0).Json;
}
