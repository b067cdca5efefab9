using System.Globalization;
using System.Text.Json;
using Conn.Cli.Tests.Running;
using Xunit;

namespace Conn.Cli.Tests.Trees;

/// <summary>A base and five increments of a real tree; each set restored and compared; then nothing changed, restored in place, and nothing changed
/// again.</summary>
internal sealed class TreeStory
{
    /// <summary>What a backup may store when nothing changed, as a part of the base.</summary>
    private const double Little = 0.01;

    private readonly Workplace _place;
    private readonly Func<string[], Task<ToolResult>> _run;
    private readonly Action<string> _tell;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly List<(string Set, TreePrint Print)> _sets = [];
    private long _base;

    /// <param name="place">Where; the tree is in it.</param>
    /// <param name="run">Runs the tool.</param>
    /// <param name="tell">Takes the figures.</param>
    public TreeStory(Workplace place, Func<string[], Task<ToolResult>> run, Action<string> tell)
    {
        _place = place;
        _run = run;
        _tell = tell;
    }

    private string Tree => _place.At("tree");

    private string[] Owner => ["--dir", $"tree={Tree}"];

    /// <summary>The tree is at its place already.</summary>
    public async Task RunAsync()
    {
        await BackupAsync("base");
        TreeChanges changes = new(Tree, _sets[0].Print);
        for (int round = 1; round <= TreeChanges.Rounds; round++)
        {
            changes.Round(round);
            await BackupAsync($"increment {round}");
        }

        long still = await BackupAsync("increment, nothing changed");
        Assert.True(still < _base * Little, $"Nothing changed, and {still} bytes were stored; the base took {_base}.");
        foreach ((string set, TreePrint print) in _sets.Take(TreeChanges.Rounds + 1))
        {
            await RestoreAsync(set, print);
        }

        (string last, TreePrint expected) = _sets[^1];
        long started = _time.GetTimestamp();
        (await _run(["restore", "--repo", _place.Repo, "--set", last, "--in-place", .. Owner])).Ends(0);
        Tell("restored in place", started, "");
        expected.AssertSame(await TreePrint.OfAsync(Tree), "the tree restored in place");
        long after = await BackupAsync("increment after the restore in place");
        Assert.True(after < _base * Little, $"Restored in place and nothing changed, and {after} bytes were stored; the base took {_base}.");
        expected.AssertSame(_sets[^1].Print, "the tree, restored in place");
        started = _time.GetTimestamp();
        await _place.AssertCleanAsync([.. _sets.Select(s => s.Set)]);
        Tell("verified", started, $"{_sets.Count} sets");
        _place.AssertNothingLeft();
    }

    /// <summary>Gives the bytes that were stored.</summary>
    private async Task<long> BackupAsync(string what)
    {
        TreePrint print = await TreePrint.OfAsync(Tree);
        long started = _time.GetTimestamp();
        JsonElement report = (await _run(["backup", "--create", "--repo", _place.Repo, .. Owner, .. _sets.Count > 0 ? (string[])["--increment"] : [], "--json"])).Ends(0).Json;
        long stored = report.GetProperty("storedBytes").GetInt64();
        long plain = report.GetProperty("bytes").GetInt64();
        JsonElement owner = report.GetProperty("owners")[0];
        _base = _sets.Count == 0 ? stored : _base;
        Tell(what, started, string.Create(CultureInfo.InvariantCulture,
            $"{print.Files} files, {print.Entries.Count} entries, {print.Bytes} bytes; {plain} bytes given, {stored} stored ({owner.GetProperty("snapshotStoredBytes").GetInt64()} of it snapshot), {100.0 * stored / _base:0.000} % of the base"));
        Assert.True(report.GetProperty("verified").GetBoolean());
        Assert.Equal("succeeded", owner.GetProperty("outcome").GetString());
        if (_sets.Count == 0)
        {
            print.AssertSame(await TreePrint.OfAsync(Tree), "the tree, by being backed up");
        }

        _sets.Add((report.GetProperty("set").GetString()!, print));
        return stored;
    }

    private async Task RestoreAsync(string set, TreePrint expected)
    {
        string target = _place.At("out");
        long started = _time.GetTimestamp();
        (await _run(["restore", "--repo", _place.Repo, "--set", set, "--to", target])).Ends(0);
        Tell($"restored {set}", started, "");
        expected.AssertSame(await TreePrint.OfAsync(Path.Combine(target, "tree")), $"set {set}");
        Directory.Delete(target, true);
    }

    private void Tell(string what, long started, string figures) =>
        _tell(string.Create(CultureInfo.InvariantCulture, $"{what}: {_time.GetElapsedTime(started).TotalSeconds:0.00} s {figures}"));
}
