using System.Text;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Repositories that earlier versions wrote: each of their sets is verified and restored by this one, and the next backup continues
/// them.</summary>
public sealed class GoldenRepositoryTests
{
    public static TheoryData<string> Names => [.. GoldenRepository.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_set_of_an_earlier_version_is_restored_and_the_repository_is_continued(string name)
    {
        using Workplace place = new();
        GoldenRepository.Unpack(name, place);
        string[] key = Key(name, place);

        // This machine may have continued the encrypted one before.
        (await ToolRun.HereAsync(["list", "--repo", place.Repo, .. key, .. name == "encrypted" ? (string[])["--accept-rollback"] : []])).Ends(0);
        (await ToolRun.HereAsync(["verify", "--repo", place.Repo, .. key])).Ends(0);
        IReadOnlyDictionary<long, string> expected = GoldenRepository.Expected(name);
        foreach ((long set, string print) in expected)
        {
            string target = place.At($"out{set}");
            (await place.RestoreAsync(["--set", $"{set}", "--to", target, .. key])).Ends(0);
            Assert.Equal(print, await GoldenRepository.PrintAsync(Path.Combine(target, "docs"), Path.Combine(target, "ledger/ledger.db")));
        }

        // The data of the newest set, where its owners had it.
        Directory.Move(place.At($"out{expected.Keys.Max()}/docs"), place.At("home"));
        (await ToolRun.HereAsync(["backup", "--repo", place.Repo, "--dir", $"docs={place.At("home")}", "--sqlite", $"ledger={place.At($"out{expected.Keys.Max()}/ledger/ledger.db")}", .. key])).Ends(0);
        (await ToolRun.HereAsync(["verify", "--repo", place.Repo, .. key])).Ends(0);
        (await place.RestoreAsync(["--to", place.At("next"), .. key])).Ends(0);
        Assert.Equal(expected[expected.Keys.Max()], await GoldenRepository.PrintAsync(place.At("next/docs"), place.At("next/ledger/ledger.db")));
    }

    /// <summary>Writes the golden repositories of a new format to the folder CONN_GOLDEN. Those of a format that was released are never written again.</summary>
    [Theory(Explicit = true)]
    [MemberData(nameof(Names))]
    public async Task Write_a_golden_repository(string name)
    {
        using Workplace place = new Workplace().WithDocs(12).WithLedger(200);
        string[] key = Key(name, place);
        (await ToolRun.HereAsync([.. key.Length == 0 ? (string[])["init"] : ["init", "--encrypt"], "--repo", place.Repo, .. key])).Ends(0);
        Dictionary<long, string> expected = [];
        int sets = name is "plain" or "encrypted" ? 2 : 6;
        for (int set = 1; set <= sets; set++)
        {
            Change(place, set);

            (await ToolRun.HereAsync(["backup", "--repo", place.Repo, .. place.Owners, .. name == "pruned" && set % 2 == 0 && set > 2 ? (string[])["--base"] : [], .. key])).Ends(0);
            expected[set] = await GoldenRepository.PrintAsync(place.Docs, place.Database);
        }

        if (name == "pruned")
        {
            (await ToolRun.HereAsync("hold", "1", "--why", "golden", "--repo", place.Repo)).Ends(0);
            (await ToolRun.HereAsync("prune", "--keep-last", "2", "--repo", place.Repo)).Ends(0);
            (await ToolRun.HereAsync("prune", "--keep-last", "2", "--grace", "0d", "--repo", place.Repo)).Ends(0);
            (await ToolRun.HereAsync("prune", "--keep-last", "1", "--repo", place.Repo)).Ends(0);

            // One is held, two and three are removed, four and five are hidden, six is the last.
            expected.Remove(2);
            expected.Remove(3);
        }

        GoldenRepository.Pack(Environment.GetEnvironmentVariable("CONN_GOLDEN")!, name, place, expected);
    }

    private static string[] Key(string name, Workplace place)
    {
        if (name != "encrypted")
        {
            return [];
        }

        if (!File.Exists(place.At("key")))
        {
            File.WriteAllBytes(place.At("key"), GoldenRepository.KeyFile);
        }

        return ["--key-file", place.At("key")];
    }

    // Every kind of entry and every kind of change.
    private static void Change(Workplace place, int set)
    {
        string docs = place.Docs;
        place.File($"home/docs/new-{set}", 300);
        Ledger.Add(place.Database, 10);
        if (set == 1)
        {
            File.CreateSymbolicLink(Path.Combine(docs, "link"), "0/f0000");
            using (FileStream holes = File.Create(Path.Combine(docs, "holes")))
            {
                holes.Seek(5_000_000, SeekOrigin.Begin);
                holes.Write("end"u8);
            }

            using (FileStream large = File.Create(Path.Combine(docs, "large")))
            {
                byte[] text = Encoding.ASCII.GetBytes(new string('l', 1 << 16));
                for (int i = 0; i < 280; i++)
                {
                    large.Write(text);
                }
            }

            File.SetUnixFileMode(Path.Combine(docs, "1/f0001"), UnixFileMode.UserRead | UnixFileMode.OtherExecute);
            Directory.CreateDirectory(Path.Combine(docs, "empty \u00fc\u0001"));
        }
        else
        {
            using FileStream large = File.OpenWrite(Path.Combine(docs, "large"));
            large.Seek(set * 1_000_000, SeekOrigin.Begin);
            large.Write(Encoding.ASCII.GetBytes($"changed in {set}"));
            File.Move(Path.Combine(docs, $"new-{set - 1}"), Path.Combine(docs, $"moved-{set - 1}"));
            File.Delete(Path.Combine(docs, $"moved-{set - 2}"));
            File.SetUnixFileMode(Path.Combine(docs, "2/f0002"), (UnixFileMode)(0x100 + set));
        }
    }
}
