using Conn.ActiveBackup;
using Conn.DataOwners.Directory;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>What recovery and restores trust: only what their own user made privately. What cannot be looked at is not taken to be absent.</summary>
public sealed class DirectoryTrustTests
{
    private const string Staged = ".conn-restore-files-0123456789abcdef";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("folder of another user")]
    [InlineData("folder open to others")]
    [InlineData("journal of another user")]
    [InlineData("journal with two names")]
    [InlineData("mark of another user")]
    [InlineData("mark that is a link")]
    [InlineData("lock with two names")]
    public async Task Recovery_ignores_a_begun_restore_that_its_own_user_did_not_make_privately(string what)
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Write("precious", "the user's own");
        string work = Forge(ground);
        Spoil(ground, work, what);
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        string note = Assert.Single(await owner.RecoverAsync(Token));
        Assert.Contains(Staged, note, StringComparison.Ordinal);
        Assert.Contains("not trusted", note, StringComparison.Ordinal);
        Assert.Equal("the user's own", await File.ReadAllTextAsync(ground.At("source/precious"), Token));
        Assert.True(System.IO.Directory.Exists(ground.At(Staged)));
    }

    [Fact]
    public async Task Recovery_finishes_a_begun_restore_that_its_own_user_made_privately()
    {
        using var ground = new Playground();
        ground.Write("precious", "the user's own");
        Forge(ground);
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        Assert.Contains("put in place", Assert.Single(await owner.RecoverAsync(Token)), StringComparison.Ordinal);
        Assert.True(File.Exists(ground.At("source/planted")));
    }

    [Fact]
    public async Task A_restore_is_not_resumed_from_a_work_folder_of_another_user()
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Write("precious", "the user's own");
        string work = Forge(ground);
        OtherUser.Own(work);
        byte[] token = await File.ReadAllBytesAsync(work + "/journal", Token);
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await owner.ResumeRestoreAsync(DriveNumber.C, token, Token));
        Assert.Equal(ErrorCode.AccessDenied, refusal.Code);
        Assert.True(File.Exists(ground.At("source/precious")));
    }

    [Theory]
    [InlineData("parent")]
    [InlineData("root")]
    public async Task A_restore_is_refused_when_what_was_left_out_cannot_be_looked_for(string closed)
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Folder("a");
        ground.Write("a/other.db", "of another owner");
        ground.Write("file", "kept");
        foreach (string path in new[] { ground.Path, ground.Source, ground.At("source/a"), ground.At("source/a/other.db"), ground.At("source/file") })
        {
            OtherUser.Own(path);
        }

        using (new OtherUser())
        {
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source, exclude: [ground.At("source/a/other.db")]);
            OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(owner, null, 1, Token);
            ground.Mode(closed == "root" ? "." : "a", closed == "root" ? 0xC0 : 0);
            await using DirectoryDataOwner restoring = OwnerDriver.Owner(ground.Source);
            await OwnerDriver.StageAsync(restoring, [backup], 1, Token);
            ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await restoring.PrepareRestoreAsync(DriveNumber.C, Token));
            Assert.Equal(ErrorCode.NotSupported, refusal.Code);
            Assert.Contains("Permission denied", refusal.Message, StringComparison.Ordinal);
            await restoring.TerminateMultiStageOperationAsync(Token);
        }

        Assert.True(File.Exists(ground.At("source/a/other.db")));
    }

    [Fact]
    public void A_mode_is_never_changed_through_a_link()
    {
        using var ground = new Playground();
        ground.Write("outside", "private");
        ground.Mode("outside", 0x100);
        ground.Link("link", "outside");
        Assert.Equal(Errno.NotSupported, Kernel.ChangeMode(Kernel.CurrentFolder, ground.In("link"), 0x1FF));
        Assert.Equal(0x100, ground.Status("outside").Mode);
    }

    /// <summary>Everything a begun restore leaves beside a folder, as recovery would take it up.</summary>
    private static string Forge(Playground ground)
    {
        System.IO.Directory.CreateDirectory(ground.At(Staged));
        File.WriteAllText(ground.At(Staged) + "/planted", "not the user's");
        Errno.Check(Kernel.Stat(Kernel.CurrentFolder, Playground.Raw(ground.At(Staged)), out FileStatus tree), Staged);
        string work = ground.At(Staged + ".work");
        Errno.Check(Kernel.MakeFolder(Kernel.CurrentFolder, Playground.Raw(work), 0x1C0), work);
        byte[] journal = new RestoreJournal(Staged, "source", tree.Device, tree.Inode).ToBytes();
        foreach ((string name, byte[] bytes) in new[] { ("lock", []), ("begun", []), ("journal", journal) })
        {
            File.WriteAllBytes($"{work}/{name}", bytes);
            Errno.Check(Kernel.ChangeMode(Kernel.CurrentFolder, Playground.Raw($"{work}/{name}"), 0x180), name);
        }

        return work;
    }

    private static void Spoil(Playground ground, string work, string what)
    {
        switch (what)
        {
            case "folder of another user":
                OtherUser.Own(work);
                break;
            case "folder open to others":
                Errno.Check(Kernel.ChangeMode(Kernel.CurrentFolder, Playground.Raw(work), 0x1FF), work);
                break;
            case "journal of another user":
                OtherUser.Own(work + "/journal");
                break;
            case "journal with two names":
                ground.HardLink("../second", $"../{Staged}.work/journal");
                break;
            case "mark of another user":
                OtherUser.Own(work + "/begun");
                break;
            case "mark that is a link":
                File.Delete(work + "/begun");
                File.CreateSymbolicLink(work + "/begun", work + "/journal");
                break;
            default:
                ground.HardLink("../second", $"../{Staged}.work/lock");
                break;
        }
    }
}
