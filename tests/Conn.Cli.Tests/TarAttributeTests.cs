using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>What <c>dump --tar</c> writes, GNU tar restores: extended attributes, ACLs, owners, times before 1970 and long names.</summary>
public sealed class TarAttributeTests : IDisposable
{
    private static readonly string LongName = string.Concat(Enumerable.Repeat("größe ", 20));
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Times_names_links_and_owners_come_back()
    {
        _place.File("home/docs/old");
        _place.File($"home/docs/{LongName}/{LongName}");
        _place.File("home/docs/exact");
        File.CreateSymbolicLink(_place.At("home/docs/link"), LongName + "/" + LongName);
        await ToolRun.OtherAsync("touch", "-d", "1960-01-02T03:04:05.678901234Z", _place.At("home/docs/old"));
        await ToolRun.OtherAsync("touch", "-h", "-d", "1969-12-31T23:59:59.999999999Z", _place.At("home/docs/link"));
        await ToolRun.OtherAsync("touch", "-d", "2033-01-02T03:04:05Z", _place.At("home/docs/exact"));
        if (Environment.IsPrivilegedProcess)
        {
            // As many digits as a header has room for, and more.
            await ToolRun.OtherAsync("chown", "2097151:2097152", _place.At("home/docs/old"));
            await ToolRun.OtherAsync("chown", "4000000000:4000000001", _place.At("home/docs/exact"));
        }

        await _place.BackupDocsAsync();
        TreePrint expected = await TreePrint.OfAsync(_place.Docs);
        string target = await UnpackAsync("");
        Assert.Empty(expected.Differences(await TreePrint.OfAsync(target)).Where(static d => !d.StartsWith("'.' ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Extended_attributes_and_acls_come_back()
    {
        string file = _place.File("home/docs/file");
        string folder = Directory.CreateDirectory(_place.At("home/docs/folder")).FullName;
        Assert.SkipUnless(File.Exists("/usr/bin/setfattr") && File.Exists("/usr/bin/setfacl"), "setfattr or setfacl is not here.");
        Assert.SkipUnless(await TrySetAsync("setfattr", "-n", "user.color", "-v", "red", file), "The temporary folder takes no extended attributes.");
        Assert.SkipUnless(await TrySetAsync("setfacl", "-m", "user:daemon:r,group:12345:rw", file), "The temporary folder takes no ACLs.");

        // No text, a name with the signs that tar keeps for itself, an empty value, and a long one.
        await ToolRun.OtherAsync("setfattr", "-n", "user.bytes", "-v", "0s/wAKAQ==", file);
        await ToolRun.OtherAsync("setfattr", "-n", "user.a=b%c", "-v", "signs", file);
        await ToolRun.OtherAsync("setfattr", "-n", "user.empty", file);
        await ToolRun.OtherAsync("setfattr", "-n", "user.long", "-v", new string('x', 996), folder);
        await ToolRun.OtherAsync("setfacl", "-d", "-m", "user:daemon:rwx,group:12345:r-x", folder);
        if (Environment.IsPrivilegedProcess)
        {
            await ToolRun.OtherAsync("setfattr", "-n", "trusted.mark", "-v", "deep", file);
        }

        await _place.BackupDocsAsync();
        string target = await UnpackAsync("--xattrs --xattrs-include=* --acls");
        Assert.Equal(await ListAsync(_place.Docs), await ListAsync(target));
    }

    private static async Task<string> ListAsync(string folder) =>
        await ToolRun.OtherAsync("sh", "-c", "cd \"$0\" && getfattr -d -m - -e hex file folder && getfacl file folder", folder);

    private static async Task<bool> TrySetAsync(string program, params string[] args)
    {
        await using ToolProcess process = ToolProcess.Start(program, [], args);
        return (await process.EndAsync()).ExitCode == 0;
    }

    private async Task<string> UnpackAsync(string options)
    {
        string target = Directory.CreateDirectory(_place.At("out")).FullName;
        await ToolRun.OtherAsync("sh", "-c", $"set -f; \"$0\" dump --repo \"$1\" latest docs --tar | tar -x -p --delay-directory-restore {options} -C \"$2\"", ToolRun.Program, _place.Repo, target);
        return target;
    }
}
