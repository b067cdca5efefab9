using System.Security.Cryptography;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The formats are what their pages say: a reader in another language, written from them alone, restores what the tool stored.</summary>
public sealed class SecondReaderTests : IDisposable
{
    /// <summary>Where the file system takes one.</summary>
    private const string SetAttribute = """
        import os, sys
        try:
            os.setxattr(sys.argv[1], 'user.color', b'red')
        except OSError as error:
            assert error.errno == 95
        """;

    private const string CompareAttributes = """
        import os, sys
        of = lambda path: {name: os.getxattr(path, name) for name in os.listxattr(path) if name.startswith('user.')}
        assert of(sys.argv[1]) == of(sys.argv[2])
        """;

    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("--key-file")]
    [InlineData("--passphrase")]
    [InlineData("--key-file", "--cipher", "chacha20-poly1305")]
    public async Task A_reader_in_another_language_restores_a_base_and_increments(string key, params string[] cipher)
    {
        await SecondReader.RequireAsync();
        string[] ours = key switch { "" => [], "--key-file" => ["--key-file", _place.At("key")], _ => ["--passphrase-file", _place.At("pass")] };
        await ToolRun.OtherAsync(SecondReader.Python, ["-c", SetAttribute, _place.Docs]);
        await File.WriteAllTextAsync(_place.At("pass"), "tr\u00e4umerei", TestContext.Current.CancellationToken);
        (await ToolRun.HereAsync([.. key.Length == 0 ? (string[])["init"] : ["init", "--encrypt", .. cipher], "--repo", _place.Repo, .. ours])).Ends(0);
        for (int round = 0; round < 4; round++)
        {
            Change(round);
            (await ToolRun.HereAsync(["backup", "--repo", _place.Repo, .. ours, .. _place.Owners])).Ends(0);
        }

        string[] theirs = key switch { "" => [], "--key-file" => ["--key-file", _place.At("key")], _ => ["--passphrase", "tr\u00e4umerei"] };
        await SecondReader.RestoreAsync(_place.Repo, 4, _place.At("out"), theirs);
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(_place.At("out/docs")), "the folder");
        await ToolRun.OtherAsync(SecondReader.Python, ["-c", CompareAttributes, _place.Docs, _place.At("out/docs")]);
        Assert.Equal(4, Directory.GetFiles(_place.At("out"), "ledger.*.stream").Length);
    }

    [Fact]
    public async Task A_reader_in_another_language_restores_after_a_change_of_the_keys_and_with_a_held_set()
    {
        await SecondReader.RequireAsync();
        string[] old = ["--key-file", _place.At("key")];
        string[] now = ["--key-file", _place.At("key2")];
        (await ToolRun.HereAsync(["init", "--encrypt", "--repo", _place.Repo, .. old])).Ends(0);
        for (int round = 0; round < 3; round++)
        {
            Change(round);
            (await ToolRun.HereAsync(["backup", "--repo", _place.Repo, .. round < 2 ? old : now, .. _place.Owners])).Ends(0);
            if (round == 1)
            {
                (await ToolRun.HereAsync(["key", "rotate", "--repo", _place.Repo, .. old, "--new-key-file", _place.At("key2")])).Ends(0);
            }
        }

        (await ToolRun.HereAsync(["hold", "1", "--repo", _place.Repo, .. now])).Ends(0);
        await SecondReader.RestoreAsync(_place.Repo, 3, _place.At("out"), now);
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(_place.At("out/docs")), "the folder");
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("encrypted")]
    [InlineData("chain")]
    [InlineData("pruned")]
    public async Task A_reader_in_another_language_restores_the_newest_set_of_a_golden_repository(string name)
    {
        await SecondReader.RequireAsync();
        GoldenRepository.Unpack(name, _place);
        await File.WriteAllBytesAsync(_place.At("key"), GoldenRepository.KeyFile, TestContext.Current.CancellationToken);
        (long set, string expected) = GoldenRepository.Expected(name).MaxBy(static pair => pair.Key);
        string[] key = name == "encrypted" ? ["--key-file", _place.At("key")] : [];
        await SecondReader.RestoreAsync(_place.Repo, set, _place.At("out"), key);
        Assert.Equal(expected[..expected.LastIndexOf('\n')], await GoldenRepository.PrintAsync(_place.At("out/docs")));
    }

    [Fact]
    public async Task A_reader_in_another_language_decrypts_the_vectors_of_the_page()
    {
        await SecondReader.RequireAsync();
        Assert.Equal("checked 11 vectors", await SecondReader.CheckVectorsAsync(Path.Combine(AppContext.BaseDirectory, "format.md")));
    }

    private void Change(int round)
    {
        _place.File($"home/docs/round{round}/new", 200_000);
        _place.File("home/docs/changes", 1000 + round);
        using (FileStream big = File.OpenWrite(Path.Combine(_place.Docs, "big")))
        {
            big.SetLength((17 << 20) + (round * 100_000));
            big.Position = round * 4_000_000;
            big.Write(RandomNumberGenerator.GetBytes(round == 0 ? 10 << 20 : 1000));
        }

        if (round == 1)
        {
            File.CreateSymbolicLink(Path.Combine(_place.Docs, "link"), "changes");
            Directory.Move(Path.Combine(_place.Docs, "round0"), Path.Combine(_place.Docs, "moved"));
        }
        else if (round == 2)
        {
            File.Delete(Path.Combine(_place.Docs, "round1/new"));
            using FileStream holes = File.Create(Path.Combine(_place.Docs, "holes"));
            holes.SetLength(3_000_000);
        }
    }
}
