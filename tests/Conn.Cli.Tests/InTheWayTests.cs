using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Something else lies where a restore in place would put an owner: it is named, with the way out, and stays.</summary>
public sealed class InTheWayTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("--dry-run")]
    public async Task What_lies_there_and_the_way_out_are_said(string option)
    {
        string[] how = option.Length == 0 ? [] : [option];
        string[] docs = ["--in-place", .. _place.DocsOwner, .. how];
        string[] ledger = ["--in-place", "--sqlite", $"ledger={_place.Database}", .. how];
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        File.Delete(_place.Database);
        Directory.Delete(_place.Docs, true);

        Directory.CreateDirectory(_place.Database);
        (await _place.RestoreAsync(ledger)).Fails(4, "a folder at " + _place.Database, "another folder");
        Directory.Delete(_place.Database);
        await File.WriteAllTextAsync(_place.Database, new string('x', 200), TestContext.Current.CancellationToken);
        (await _place.RestoreAsync(ledger)).Fails(4, _place.Database, "not a SQLite database", "Move it away");
        await File.WriteAllTextAsync(_place.Docs, "mine", TestContext.Current.CancellationToken);
        (await _place.RestoreAsync(docs)).Fails(4, _place.Docs, "a file of 4 bytes", "--to");
        Assert.Equal("mine", await File.ReadAllTextAsync(_place.Docs, TestContext.Current.CancellationToken));
        Assert.Equal(200, new FileInfo(_place.Database).Length);
    }
}
