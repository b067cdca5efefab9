using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Hosting;
using Conn.Hosting.Tests;
using Conn.Repository;
using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>
/// A host backs up a real tree and a database that change each day, at two each night for more than a year of virtual time, with retention after each backup. At the end every
/// set that is kept is restored by the tool, and twelve of them by the reader in another language.
/// </summary>
public sealed class YearCampaign : IDisposable
{
    private const int Nights = 365 + 59;
    private const int CheckedByOtherReader = 12;
    private static readonly DateTimeOffset Start = new(2025, 12, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly RetentionPolicy Policy = new() { KeepDaily = 7, KeepWeekly = 4, KeepMonthly = 12 };

    private readonly Workplace _place = new Workplace().WithDocs(80).WithLedger();
    private readonly FakeTimeProvider _clock = new(Start);
    private readonly LogLines _log = new();
    private readonly Dictionary<long, (TreePrint Tree, string Ledger)> _nights = [];
    private readonly List<(int Sets, long Bytes)> _sizes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _log.Dispose();
        _place.Dispose();
    }

    /// <summary>The campaign.</summary>
    [Fact(Explicit = true)]
    public async Task After_a_year_every_kept_set_is_the_tree_of_its_night_for_two_readers()
    {
        await SecondReader.RequireAsync();
        await RunNightsAsync();
        long[] kept = await RequireRulesAsync();
        foreach (long set in kept)
        {
            (await ToolRun.HereAsync("restore", "--repo", _place.Repo, "--set", $"{set}", "--to", _place.At("out"))).Ends(0);
            (await TreePrint.OfAsync(_place.At("out/docs"))).AssertSame(_nights[set].Tree, $"set {set}");
            Assert.Equal(_nights[set].Ledger, Ledger.Print(_place.At("out/ledger/ledger.db")));
            Directory.Delete(_place.At("out"), true);
        }

        // Spread over all of them, the oldest and the newest with them.
        long[] others = [.. Enumerable.Range(0, CheckedByOtherReader).Select(i => kept[i * (kept.Length - 1) / (CheckedByOtherReader - 1)]).Distinct()];
        foreach (long set in others)
        {
            await SecondReader.RestoreAsync(_place.Repo, set, _place.At("out"));
            (await TreePrint.OfAsync(_place.At("out/docs"))).AssertSame(_nights[set].Tree, $"set {set}, by the other reader");
            Directory.Delete(_place.At("out"), true);
        }

        (await _place.VerifyAsync()).Ends(0);
        Assert.Equal(CheckedByOtherReader, others.Length);
        Assert.True(_sizes.Skip(300).Max(static s => s.Bytes) < _sizes.Take(300).Max(static s => s.Bytes) * 1.3, "The repository grows for ever.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{Nights} nights; {kept.Length} sets kept and restored, {others.Length} by the other reader; "
            + $"stored sets: {_sizes[364].Sets} after a year, {_sizes.Max(static s => s.Sets)} at most; bytes: {_sizes[364].Bytes} and {_sizes.Max(static s => s.Bytes)}.");
    }

    private async Task RunNightsAsync()
    {
        using IHost host = Build();
        await host.StartAsync(Token);
        await _log.NextAsync("Conn started", Token);
        for (int night = 1; night <= Nights; night++)
        {
            Change(night);
            (TreePrint, string) now = (await TreePrint.OfAsync(_place.Docs), Ledger.Print(_place.Database));
            _clock.Advance((await host.Services.GetRequiredService<IBackupService>().StatusAsync(Token)).NextBackup!.Value - _clock.GetUtcNow());
            await _log.NextAsync("Backup Succeeded", Token);
            await _log.NextAsync("The next scheduled backup", Token);
            await NoteAsync(now);
        }

        await host.StopAsync(Token);
    }

    private IHost Build()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddConn(conn => conn.UseRepository(_place.Repo).CreateIfMissing().AddDirectory("docs", _place.Docs).AddSqlite("ledger", _place.Database)
            .Daily("02:00").Retain(Policy).Configure(static o => o.TimeZone = "UTC"));
        builder.Logging.AddProvider(_log);
        return builder.Build();
    }

    private async Task NoteAsync((TreePrint Tree, string Ledger) now)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(_place.Repo, null, Token);
        SetList sets = await repository.ListSetsAsync(Token);
        _nights.Add(sets[^1].Sequence, now);
        _sizes.Add((sets.Count + sets.Hidden.Count, new DirectoryInfo(_place.Repo).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static f => f.Length)));
    }

    // By their reasons: seven days, four weeks and twelve months, some of which are the same sets.
    private async Task<long[]> RequireRulesAsync()
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(_place.Repo, null, Token);
        SetList sets = await repository.ListSetsAsync(Token);
        IReadOnlyList<RetainedSet> kept = RetentionRules.Apply(new RetentionInput { Sets = [.. sets], Policy = Policy, Now = _clock.GetUtcNow(), TimeZone = TimeZoneInfo.Utc });
        string Dates(RetentionRule rule) => string.Join(' ', kept.Where(set => set.Reasons.Any(reason => reason.Rule == rule)).Select(static set => $"{set.Set.Time:yyMMdd}"));
        Assert.Equal("270222 270223 270224 270225 270226 270227 270228", Dates(RetentionRule.Daily));
        Assert.Equal("270207 270214 270221 270228", Dates(RetentionRule.Weekly));
        Assert.Equal("260331 260430 260531 260630 260731 260831 260930 261031 261130 261231 270131 270228", Dates(RetentionRule.Monthly));
        Assert.All(kept, static set => Assert.NotEmpty(set.Reasons));

        // The others are there only for what continues one of their parts.
        return [.. kept.Where(static set => set.Reasons.Any(static r => r.Rule is RetentionRule.Daily or RetentionRule.Weekly or RetentionRule.Monthly)).Select(static s => s.Set.Sequence)];
    }

    // A day's work: files appear, grow, change their mode, move and go; a block of a big one and some rows change.
    private void Change(int night)
    {
        Random random = new(night);
        string day = $"home/docs/day{night % 40}";
        if (Directory.Exists(_place.At(day)))
        {
            Directory.Delete(_place.At(day), true);
        }

        for (int i = 0; i < 5; i++)
        {
            _place.File($"{day}/file{i}", random.Next(1, 50_000));
        }

        string[] files = [.. Directory.EnumerateFiles(_place.Docs, "*", SearchOption.AllDirectories).Where(static f => new FileInfo(f).LinkTarget is null).Order(StringComparer.Ordinal)];
        File.AppendAllText(files[random.Next(files.Length)], $"night {night}\n");
        string moved = files[random.Next(files.Length)];
        File.SetUnixFileMode(moved, File.GetUnixFileMode(moved) ^ UnixFileMode.OtherExecute);
        File.Move(moved, Path.Combine(_place.Docs, $"moved{night % 30}"), overwrite: true);
        File.Delete(Path.Combine(_place.Docs, "link"));
        File.CreateSymbolicLink(Path.Combine(_place.Docs, "link"), $"night {night}");
        using FileStream big = File.Open(Path.Combine(_place.Docs, "big"), FileMode.OpenOrCreate);
        big.SetLength(20 << 20);
        big.Position = random.Next(19 << 20);
        big.WriteByte((byte)night);
        Ledger.Add(_place.Database, 5, every: 97);
    }
}
