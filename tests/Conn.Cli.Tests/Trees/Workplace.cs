using System.Security.Cryptography;
using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.DataOwners;
using Conn.Engine;
using Conn.Repository;
using Xunit;

namespace Conn.Cli.Tests.Trees;

/// <summary>A private folder with a repository, a directory owner's tree and a database owner's file; gone with its test.</summary>
internal sealed class Workplace : IDisposable
{
    private readonly bool _keep;

    public Workplace(string? folder = null)
    {
        _keep = folder is not null;
        Root = folder ?? Directory.CreateTempSubdirectory("conn-cli-").FullName;
        Directory.CreateDirectory(Root);
    }

    public string Root { get; }

    public string Repo => At("repo");

    public string Docs => At("home/docs");

    public string Database => At("home/ledger.db");

    /// <summary>The owner of <see cref="Docs"/>.</summary>
    public string[] DocsOwner => ["--dir", $"docs={Docs}"];

    /// <summary>Both owners.</summary>
    public string[] Owners => [.. DocsOwner, "--sqlite", $"ledger={Database}"];

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>A file below the root, with its folders.</summary>
    public string File(string name, int randomBytes = 100)
    {
        string path = At(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(randomBytes));
        return path;
    }

    /// <summary>A small tree for <see cref="Docs"/>.</summary>
    public Workplace WithDocs(int files = 5)
    {
        for (int i = 0; i < files; i++)
        {
            File($"home/docs/{i % 7}/f{i:D4}", 200 + (i * 37 % 3000));
        }

        return this;
    }

    public Workplace WithLedger(int rows = 300)
    {
        Ledger.Make(Database, rows);
        return this;
    }

    /// <summary>A backup into <see cref="Repo"/>, which is made if it is not there.</summary>
    public Task<ToolResult> BackupAsync(params string[] more) => ToolRun.HereAsync(["backup", "--repo", Repo, "--create", .. more]);

    /// <summary>A backup of <see cref="DocsOwner"/> that must end well; gives the id of its set.</summary>
    public async Task<string> BackupDocsAsync(params string[] more) =>
        (await BackupAsync([.. DocsOwner, "--json", .. more])).Ends(0).Json.GetProperty("set").GetString()!;

    /// <summary>A backup of <see cref="DocsOwner"/> by a machine whose clock is so much ahead; gives the id of its set.</summary>
    public async Task<string> BackupDocsAtAsync(TimeSpan ahead)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: token);
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repo, new RepositoryOptions { TimeProvider = new DoctorClock(ahead) }, token);
        await host.AddAsync(new DirectoryDataOwner("docs", Docs));
        return (await host.BackupAsync(repository, token)).SetId!.Value.Text;
    }

    public Task<ToolResult> RestoreAsync(params string[] more) => ToolRun.HereAsync(["restore", "--repo", Repo, .. more]);

    public Task<ToolResult> VerifyAsync(params string[] more) => ToolRun.HereAsync(["verify", "--repo", Repo, "--json", .. more]);

    /// <summary>The ids that are listed, oldest first.</summary>
    public async Task<string[]> SetsAsync()
    {
        JsonElement list = (await ToolRun.HereAsync("list", "--repo", Repo, "--json")).Ends(0).Json;
        return [.. list.GetProperty("sets").EnumerateArray().Select(s => s.GetProperty("id").GetString()!)];
    }

    /// <summary>Fails unless verify finds nothing, and these sets are listed; gives what verify notes.</summary>
    public async Task<string[]> AssertCleanAsync(params string[] sets)
    {
        JsonElement verified = (await VerifyAsync()).Ends(0).Json;
        Assert.Empty(verified.GetProperty("problems").EnumerateArray());
        Assert.Equal(sets, await SetsAsync());
        return [.. verified.GetProperty("notes").EnumerateArray().Select(n => n.GetString()!)];
    }

    /// <summary>Fails when a run left anything behind: unfinished sets, names of a holder, staged data beside the owners.</summary>
    public void AssertNothingLeft()
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Repo, "tmp")));
        Assert.False(System.IO.File.Exists(Path.Combine(Repo, "lock.holder")), "lock.holder is left");
        Assert.Empty(Directory.EnumerateFiles(Repo, "*.new", SearchOption.AllDirectories));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }),
            e => Path.GetFileName(e).StartsWith(".conn-", StringComparison.Ordinal) || Path.GetFileName(e).Contains(".before-restore-", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        if (!_keep)
        {
            Directory.Delete(Root, true);
        }
    }
}
