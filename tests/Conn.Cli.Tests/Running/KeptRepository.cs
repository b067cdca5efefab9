using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>An encrypted repository with sets of two owners, the operations that change it or them, and what must be true after one that was cut off.</summary>
internal sealed class KeptRepository(Workplace place)
{
    public static readonly string[] Operations = ["base", "increment", "hide", "delete", "rotate", "restore"];

    private int _key;
    private int _change;
    private Print _changed = null!;
    private Print _stored = null!;

    public Workplace Place => place;

    private string[] Key => ["--key-file", KeyFile(_key)];

    /// <summary>Makes the repository, with a base and two increments.</summary>
    public async Task<KeptRepository> BeginAsync()
    {
        (await RunAsync("init", ["--encrypt", .. Key])).Ends(0);
        await BackupAsync();
        for (int i = 0; i < 2; i++)
        {
            Change();
            await BackupAsync();
        }

        return this;
    }

    /// <summary>Brings the owners and the repository to where an operation has something to do.</summary>
    /// <returns>The arguments of the operation.</returns>
    public async Task<string[]> PrepareAsync(string operation)
    {
        Change();
        if (operation is "hide" or "delete" or "restore")
        {
            await BackupAsync();
        }

        _stored = await Print.OfAsync(place);
        if (operation == "delete")
        {
            (await RunAsync("prune", ["--keep-last", "1", .. Key])).Ends(0);
        }

        if (operation == "restore")
        {
            Change();
        }

        _changed = await Print.OfAsync(place);
        string[] arguments = operation switch
        {
            "base" => ["backup", "--base", .. place.Owners],
            "increment" => ["backup", .. place.Owners],
            "hide" => ["prune", "--keep-last", "1"],
            "delete" => ["prune", "--keep-last", "1", "--grace", "0d"],
            "rotate" => ["key", "rotate", "--new-key-file", KeyFile(_key + 1)],
            _ => ["restore", "--in-place", .. place.Owners],
        };
        return [.. arguments, "--repo", place.Repo, .. Key];
    }

    /// <summary>Requires a repository without damage, owners that are old or new as a whole, and a next backup that goes well and restores equal.</summary>
    /// <param name="operation">What was cut off.</param>
    /// <param name="what">How, for messages.</param>
    public async Task RequireWholeAsync(string operation, string what)
    {
        await FindKeyAsync();
        await RequireCleanAsync(what);
        Print now = await Print.OfAsync(place);
        foreach ((string name, Func<Print, string> of) in new (string, Func<Print, string>)[] { ("docs", static p => p.Docs), ("ledger", static p => p.Ledger) })
        {
            Assert.True(of(now) == of(_changed) || (operation == "restore" && of(now) == of(_stored)), $"{what}: {name} is mixed.");
        }

        // A restore that was committed is finished by the next operation with its owners.
        await BackupAsync();
        now = await Print.OfAsync(place);
        Assert.True(now == _changed || (operation == "restore" && now == _stored), $"{what}: one owner is old and one is new.");
        await RequireCleanAsync($"{what}, after the next backup");
        place.AssertNothingLeft();
        string target = place.At("out");
        (await RunAsync("restore", ["--to", target, .. Key])).Ends(0);
        Assert.True(now == await Print.OfAsync(Path.Combine(target, "docs"), Path.Combine(target, "ledger/ledger.db")), $"{what}: the next backup restores to something else.");
        Directory.Delete(target, true);
    }

    private async Task RequireCleanAsync(string what)
    {
        ToolResult verified = await RunAsync("verify", Key);
        Assert.True(verified.ExitCode == 0, $"{what}: {verified}");
    }

    private string KeyFile(int number) => place.At($"key{number}");

    private async Task BackupAsync() => (await RunAsync("backup", [.. place.Owners, .. Key])).Ends(0);

    private Task<ToolResult> RunAsync(string verb, string[] more) => ToolRun.HereAsync([verb, "--repo", place.Repo, .. more]);

    // After a rotation that was cut off, the old key opens the repository or the new one does.
    private async Task FindKeyAsync()
    {
        if (File.Exists(KeyFile(_key + 1)) && (await RunAsync("list", ["--key-file", KeyFile(_key + 1)])).ExitCode == 0)
        {
            _key++;
        }
        else
        {
            File.Delete(KeyFile(_key + 1));
        }
    }

    private void Change()
    {
        _change++;
        place.File($"home/docs/changed/{_change % 20}", 20_000);
        place.File("home/docs/large", 3_000_000);
        File.Move(place.At($"home/docs/changed/{_change % 20}"), place.At($"home/docs/changed/moved-{_change % 7}"), overwrite: true);
        Ledger.Add(place.Database, 20);
    }

    /// <summary>All data of both owners.</summary>
    private sealed record Print(string Docs, string Ledger)
    {
        public static Task<Print> OfAsync(Workplace place) => OfAsync(place.Docs, place.Database);

        public static async Task<Print> OfAsync(string docs, string database) =>
            new((await TreePrint.OfAsync(docs)).Text, Trees.Ledger.Print(database));
    }
}
