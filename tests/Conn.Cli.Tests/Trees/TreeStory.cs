using System.Globalization;
using System.Text.Json;
using Conn.Cli.Tests.Running;
using Xunit;

namespace Conn.Cli.Tests.Trees;

/// <summary>A base and five increments of a real tree and a database beside it; each set restored and compared; then nothing changed, restored in place,
/// and nothing changed again.</summary>
internal sealed class TreeStory
{
    /// <summary>What a backup may store when nothing changed, as a part of the base.</summary>
    private const double Little = 0.01;

    private readonly Workplace _place;
    private readonly Func<string[], Task<ToolResult>> _run;
    private readonly Action<string> _tell;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly List<(string Set, Prints Prints)> _sets = [];
    private readonly int _rows;
    private long _base;

    /// <param name="place">Where; the tree is in it.</param>
    /// <param name="run">Runs the tool.</param>
    /// <param name="tell">Takes the figures.</param>
    /// <param name="rows">The rows of the database, of some 220 bytes each.</param>
    public TreeStory(Workplace place, Func<string[], Task<ToolResult>> run, Action<string> tell, int rows)
    {
        _rows = rows;
        _place = place;
        _run = run;
        _tell = tell;
    }

    private string Tree => _place.At("tree");

    private string[] Owners => ["--dir", $"tree={Tree}", "--sqlite", $"ledger={_place.Database}"];

    /// <summary>The tree is at its place already.</summary>
    public async Task RunAsync()
    {
        _place.WithLedger(_rows);
        await BackupAsync("base");
        TreeChanges changes = new(Tree, _sets[0].Prints.Tree);
        for (int round = 1; round <= TreeChanges.Rounds; round++)
        {
            changes.Round(round);
            Ledger.Add(_place.Database, _rows / 100, every: 997);
            await BackupAsync($"increment {round}");
        }

        long still = await BackupAsync("increment, nothing changed");
        Assert.True(still < _base * Little, $"Nothing changed, and {still} bytes were stored; the base took {_base}.");
        foreach ((string set, Prints print) in _sets.Take(TreeChanges.Rounds + 1))
        {
            await RestoreAsync(set, print);
        }

        (string last, Prints expected) = _sets[^1];
        long started = _time.GetTimestamp();
        (await _run(["restore", "--repo", _place.Repo, "--set", last, "--in-place", .. Owners])).Ends(0);
        Tell("restored in place", started, "");
        expected.AssertSame(await PrintsAsync(Tree, _place.Database), "what was restored in place");
        long after = await BackupAsync("increment after the restore in place");
        Assert.True(after < _base * Little, $"Restored in place and nothing changed, and {after} bytes were stored; the base took {_base}.");
        expected.AssertSame(_sets[^1].Prints, "what was restored in place, and backed up");
        started = _time.GetTimestamp();
        await _place.AssertCleanAsync([.. _sets.Select(s => s.Set)]);
        Tell("verified", started, $"{_sets.Count} sets");
        _place.AssertNothingLeft();
    }

    /// <summary>Gives the bytes that were stored.</summary>
    private async Task<long> BackupAsync(string what)
    {
        Prints print = await PrintsAsync(Tree, _place.Database);
        long started = _time.GetTimestamp();
        JsonElement report = (await _run(["backup", "--create", "--repo", _place.Repo, .. Owners, .. _sets.Count > 0 ? (string[])["--increment"] : [], "--json"])).Ends(0).Json;
        long stored = report.GetProperty("storedBytes").GetInt64();
        long plain = report.GetProperty("bytes").GetInt64();
        JsonElement[] owners = [.. report.GetProperty("owners").EnumerateArray()];
        _base = _sets.Count == 0 ? stored : _base;
        Tell(what, started, string.Create(CultureInfo.InvariantCulture,
            $"{print.Tree.Files} files, {print.Tree.Entries.Count} entries, {print.Tree.Bytes} bytes; database {new FileInfo(_place.Database).Length} bytes; "
            + $"{plain} bytes given, {stored} stored ({owners.Sum(o => o.GetProperty("snapshotStoredBytes").GetInt64())} of it snapshots), "
            + $"{100.0 * stored / _base:0.000} % of the base"));
        Assert.True(report.GetProperty("verified").GetBoolean());
        Assert.All(owners, o => Assert.Equal("succeeded", o.GetProperty("outcome").GetString()));
        if (_sets.Count == 0)
        {
            print.AssertSame(await PrintsAsync(Tree, _place.Database), "the data, by being backed up");
        }

        _sets.Add((report.GetProperty("set").GetString()!, print));
        return stored;
    }

    private async Task RestoreAsync(string set, Prints expected)
    {
        string target = _place.At("out");
        long started = _time.GetTimestamp();
        (await _run(["restore", "--repo", _place.Repo, "--set", set, "--to", target])).Ends(0);
        Tell($"restored {set}", started, "");
        expected.AssertSame(await PrintsAsync(Path.Combine(target, "tree"), Path.Combine(target, "ledger", "ledger.db")), $"set {set}");
        Directory.Delete(target, true);
    }

    private void Tell(string what, long started, string figures) =>
        _tell(string.Create(CultureInfo.InvariantCulture, $"{what}: {_time.GetElapsedTime(started).TotalSeconds:0.00} s {figures}"));

    private static async Task<Prints> PrintsAsync(string tree, string database) => new(await TreePrint.OfAsync(tree), Ledger.Print(database));

    private sealed record Prints(TreePrint Tree, string Ledger)
    {
        public void AssertSame(Prints other, string what)
        {
            Tree.AssertSame(other.Tree, what);
            Assert.True(Ledger == other.Ledger, $"The database of {what} is another.");
        }
    }
}
