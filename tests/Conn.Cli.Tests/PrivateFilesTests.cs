using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>With a umask that takes nothing away, what the tool creates is private from the call that creates it: there is no moment at which another user
/// could
/// open it.</summary>
public sealed class PrivateFilesTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Every_file_is_created_0600_and_every_folder_0700_in_repository_spool_and_beside_the_database()
    {
        File.SetUnixFileMode(_place.Database, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (ToolResult backup, var stored) = await Strace.CreationsAsync(_place.At("strace.log"), ["backup", "--create", "--repo", _place.Repo, .. _place.Owners]);
        backup.Ends(0);
        Ledger.Add(_place.Database, 3);
        (ToolResult restore, var restored) = await Strace.CreationsAsync(
            _place.At("strace.log"), ["restore", "--repo", _place.Repo, "--in-place", .. _place.Owners]);
        restore.Ends(0);

        List<(string Path, string Mode)> ours = [.. stored.Concat(restored).Where(c => c.Path.StartsWith(_place.Repo, StringComparison.Ordinal)
            || c.Path.Contains(".conn-", StringComparison.Ordinal) || c.Path.Contains("conn-sqlite-", StringComparison.Ordinal)
            || c.Path.StartsWith(_place.Database, StringComparison.Ordinal))];
        Assert.Contains(ours, c => c.Path.EndsWith("/manifest", StringComparison.Ordinal));
        Assert.Contains(ours, c => c.Path.EndsWith("/0.db", StringComparison.Ordinal));
        Assert.Contains(ours, c => c.Path.Contains(".conn-restore-ledger-", StringComparison.Ordinal));
        IEnumerable<string> open = ours.Where(c => c.Mode is not ("0600" or "0700")).Select(c => $"{c.Path} {c.Mode}");
        Assert.Empty(open);
    }
}
