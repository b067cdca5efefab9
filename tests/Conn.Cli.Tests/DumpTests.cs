using Conn.ActiveBackup.Content;
using Conn.Cli.Contents;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.DataOwners;
using Conn.Engine;
using Conn.Repository;
using Conn.Repository.Encryption;
using Conn.Repository.Storage;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary><c>dump</c>: bytes of a file, a database or a program's stream, and trees as tar archives.</summary>
public sealed class DumpTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithLedger();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_file_is_what_it_was_in_each_set_of_a_chain_with_renames()
    {
        byte[] large = File.ReadAllBytes(_place.File("home/docs/large", 3_000_000));
        byte[] small = File.ReadAllBytes(_place.File("home/docs/small", 10));
        await _place.BackupDocsAsync();
        File.Move(_place.At("home/docs/large"), _place.At("home/docs/renamed"));
        LinuxCalls.HardLink(_place.At("home/docs/renamed"), _place.At("home/docs/a-second-name"));
        await _place.BackupDocsAsync();
        File.Move(_place.At("home/docs/renamed"), _place.At("home/docs/again"));
        File.Delete(_place.At("home/docs/small"));
        await _place.BackupDocsAsync();
        Assert.Equal(large, await DumpAsync("1", "docs:large"));
        Assert.Equal(large, await DumpAsync("2", "docs:renamed"));
        Assert.Equal(large, await DumpAsync("latest~1", "docs:a-second-name"));
        Assert.Equal(large, await DumpAsync("latest", "docs:again"));
        Assert.Equal(large, await DumpAsync("latest", "docs:a-second-name"));
        Assert.Equal(small, await DumpAsync("2", "docs:small"));
        (await RunAsync("latest", "docs:small")).Fails(10, "small");
    }

    [Fact]
    public async Task A_tar_archive_of_a_set_in_a_chain_is_the_tree()
    {
        _place.WithDocs(60);
        Directory.CreateDirectory(_place.At("home/docs/empty"));
        File.CreateSymbolicLink(_place.At("home/docs/link"), "0/f0000");
        LinuxCalls.HardLink(_place.At("home/docs/0/f0000"), _place.At("home/docs/6/second name"));
        using (FileStream holes = new(_place.At("home/docs/holes"), FileMode.CreateNew))
        {
            holes.SetLength(3_000_000);
            holes.Position = 2_000_000;
            holes.Write("data"u8);
        }

        await _place.BackupDocsAsync();
        Directory.Move(_place.At("home/docs/3"), _place.At("home/docs/moved"));
        File.Delete(_place.At("home/docs/4/f0004"));
        await _place.BackupDocsAsync();
        TreePrint expected = await TreePrint.OfAsync(_place.Docs);
        string target = Directory.CreateDirectory(_place.At("out")).FullName;
        await ToolRun.OtherAsync("sh", "-c", "\"$0\" dump --repo \"$1\" latest docs --tar | tar -x -p -S --delay-directory-restore -C \"$2\"", ToolRun.Program, _place.Repo, target);
        string[] differences = [.. expected.Differences(await TreePrint.OfAsync(target)).Where(static d => !d.StartsWith("'.' ", StringComparison.Ordinal))];

        // The archive has no holes: tar makes them where its reads happen to fall.
        Assert.All(differences, static d => Assert.Contains(" takes ", d, StringComparison.Ordinal));
        foreach (string file in Directory.EnumerateFiles(_place.Docs, "*", SearchOption.AllDirectories))
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(target, Path.GetRelativePath(_place.Docs, file))));
        }
    }

    [Fact]
    public async Task A_database_and_a_programs_stream_need_no_path()
    {
        string program = _place.At("program");
        File.WriteAllText(program, "#!/bin/sh\n[ \"$1\" = backup ] && printf 'all of it'\nexit 0\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _place.File("home/docs/one");
        string[] owners = [.. _place.Owners, "--command", $"shop={program}"];
        (await _place.BackupAsync(owners)).Ends(0);
        Ledger.Add(_place.Database, 50, every: 7);
        (await _place.BackupAsync(owners)).Ends(0);
        string copy = _place.At("copy.db");
        File.WriteAllBytes(copy, await DumpAsync("latest", "ledger"));
        Assert.Equal(Ledger.Print(_place.Database), Ledger.Print(copy));
        Assert.Equal("all of it"u8.ToArray(), await DumpAsync("latest", "shop"));
        Assert.Equal("all of it"u8.ToArray(), await DumpAsync("latest", "shop:stream"));
        (await RunAsync("latest", "docs")).Fails(2, "folder", "--tar");
        (await RunAsync("latest", "docs:one", "--json")).Fails(2, "--json");
    }

    [Fact]
    public async Task The_content_of_an_encrypted_repository_is_read_with_its_key()
    {
        string file = _place.File("home/docs/secret", 200_000);
        byte[] before = File.ReadAllBytes(file);
        RepositoryOptions options = new() { Key = RepositoryKey.FromPassphrase("correct horse") };
        await using BackupRepository repository = await BackupRepository.CreateAsync(new FolderStorage(_place.Repo), options, Token);
        await using (ConnHost host = await ConnHost.StartAsync(cancellationToken: Token))
        {
            await host.AddAsync(new DirectoryDataOwner("docs", _place.Docs));
            await host.BackupAsync(repository, cancellationToken: Token);
            File.Move(file, _place.At("home/docs/moved"));
            await host.BackupAsync(repository, cancellationToken: Token);
        }

        StoredOwner owner = new(repository, (await repository.ListSetsAsync(Token))[^1].Parts[0]);
        MemoryStream content = new();
        await foreach (ContentPiece piece in owner.ExtractAsync(static e => e.Text == "moved", Token))
        {
            content.Write(piece.Data.Span);
        }

        Assert.Equal(before, content.ToArray());
    }

    private Task<ToolResult> RunAsync(params string[] args) => ToolRun.HereAsync(["dump", "--repo", _place.Repo, .. args]);

    private async Task<byte[]> DumpAsync(string set, string address)
    {
        string to = _place.At("dumped");
        await ToolRun.OtherAsync("sh", "-c", "\"$0\" dump --repo \"$1\" \"$2\" \"$3\" > \"$4\"", ToolRun.Program, _place.Repo, set, address, to);
        return await File.ReadAllBytesAsync(to, Token);
    }
}
