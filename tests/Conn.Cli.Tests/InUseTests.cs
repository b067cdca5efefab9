using System.Globalization;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Engine;
using Conn.Repository.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Exit 11: in use, and by whom.</summary>
public sealed class InUseTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_second_writer_is_refused_with_the_name_of_the_first_and_readers_are_not()
    {
        string first = await _place.BackupDocsAsync();
        await using ToolProcess holder = ToolRun.StartUntil(OperationPhase.DataStarted, 1, LinuxCalls.Stop, ["backup", "--create", "--repo", _place.Repo, .. _place.DocsOwner, "--base", "--json"]);
        await holder.StoppedAsync();

        ToolResult second = await _place.BackupAsync([.. _place.DocsOwner, "--json"]);
        second.Fails(11, "conn backup", $"{holder.Id}");
        Assert.Equal("InUse", second.Json.GetProperty("error").GetProperty("code").GetString());
        (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner])).Fails(11, $"{holder.Id}");

        (await _place.RestoreAsync("--to", _place.At("out"))).Ends(0);
        Assert.NotEmpty(await _place.AssertCleanAsync(first));

        holder.Signal(LinuxCalls.Continue);
        string third = (await holder.EndAsync()).Ends(0).Json.GetProperty("set").GetString()!;
        Assert.Empty(await _place.AssertCleanAsync(first, third));
        _place.AssertNothingLeft();
    }

    [Fact]
    public async Task A_restore_in_place_into_a_busy_database_ends_with_11_and_nothing_is_changed()
    {
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        _place.File("home/docs/later");
        Ledger.Add(_place.Database, 50);
        string was = Ledger.Print(_place.Database);
        TreePrint docsWere = await TreePrint.OfAsync(_place.Docs);
        using (SqliteConnection busy = new($"Data Source={_place.Database};Pooling=False"))
        {
            busy.Open();
            using SqliteCommand command = busy.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            command.ExecuteNonQuery();
            (await _place.RestoreAsync(["--in-place", .. _place.Owners])).Ends(11);
        }

        docsWere.AssertSame(await TreePrint.OfAsync(_place.Docs), "docs");
        Assert.Equal(was, Ledger.Print(_place.Database));
        (await _place.RestoreAsync(["--in-place", .. _place.Owners])).Ends(0);
        Assert.NotEqual(was, Ledger.Print(_place.Database));
        Assert.False(File.Exists(_place.At("home/docs/later")));
        _place.AssertNothingLeft();
    }

    [Fact]
    public async Task A_lock_ends_with_its_holder_even_while_a_child_process_is_being_started()
    {
        string file = _place.File("lock", 0);
        FolderStorage storage = new(_place.Root);
        IStorageLock held = Assert.IsType<IStorageLock>(await storage.TryLockAsync("lock", TestContext.Current.CancellationToken), exactMatch: false);
        string descriptor = Path.GetFileName(Directory.EnumerateFiles("/proc/self/fd").Single(f => new FileInfo(f).LinkTarget == file));
        int inherited = LinuxCalls.Duplicate(int.Parse(descriptor, CultureInfo.InvariantCulture));
        try
        {
            await held.DisposeAsync();
            await using IStorageLock? next = await storage.TryLockAsync("lock", TestContext.Current.CancellationToken);
            Assert.NotNull(next);
        }
        finally
        {
            LinuxCalls.Close(inherited);
        }
    }
}
