using Conn.DataOwners.Directory;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Users and groups are stored with their names, and a restore finds them by these.</summary>
public sealed class AccountNameTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_name_leads_to_its_number_and_back_and_what_is_not_there_has_none()
    {
        Accounts accounts = new();
        Assert.Equal("root", accounts.NameOf(isGroup: false, 0));
        Assert.Equal("root", accounts.NameOf(isGroup: true, 0));
        Assert.Equal(0u, accounts.NumberOf(isGroup: false, "root"));
        Assert.Equal("", accounts.NameOf(isGroup: false, 3_999_999_999));
        Assert.Null(accounts.NumberOf(isGroup: true, "no-such-group"));
    }

    [Theory]
    [InlineData("", 1234u)]
    [InlineData("no-such-user", 1234u)]
    [InlineData("daemon", 1u)]
    public void A_known_name_counts_before_the_number_unless_numbers_are_wanted(string name, uint expected)
    {
        var stored = new EntryAttributes(0, 1234, 1234, 0) { UserName = name, GroupName = name };
        Assert.Equal((expected, expected), (new Ownership(false).Local(stored).UserId, new Ownership(false).Local(stored).GroupId));
        Assert.Equal((1234u, 1234u), (new Ownership(true).Local(stored).UserId, new Ownership(true).Local(stored).GroupId));
    }

    [Fact]
    public void Each_name_stands_once_and_what_was_not_committed_comes_again()
    {
        byte[] bytes = new byte[200];
        var writer = new WireWriter(bytes);
        NameTable written = new();
        Accounts accounts = new();
        written.Write(ref writer, 0, 0, accounts);
        written.Drop();
        int once = writer.Written;
        written.Write(ref writer, 0, 0, accounts);
        written.Commit();
        Assert.Equal(2 * once, writer.Written);
        written.Write(ref writer, 0, 3_999_999_999, accounts);
        written.Commit();
        Assert.Equal((2 * once) + 1, writer.Written);
        NameTable read = new();
        var wire = new WireReader(bytes.AsSpan(once, writer.Written - once));
        Assert.Equal(("root", "root"), read.Read(ref wire, 0, 0));
        read.Commit();
        Assert.Equal(("root", ""), read.Read(ref wire, 0, 3_999_999_999));
        Assert.True(wire.AtEnd);
    }

    [Fact]
    public async Task Owners_groups_and_ACLs_of_other_numbers_with_the_same_names_are_restored_by_name_or_by_number_as_asked()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files away.");
        using var ground = new Playground(onDisk: true);
        TreeEntry root = Entry("");
        TreeEntry named = Entry("named");
        (named.UserId, named.GroupId) = (1, 1);
        named.Extended = AclOf(1);
        OwnerDriver.Backup made = Make(root, named);

        // As if the backed up host had called its number 1 by the name that number 2 has here.
        Accounts accounts = new();
        byte[] foreign = Renamed(made.Data, accounts.NameOf(false, 1), accounts.NameOf(false, 2));
        Assert.SkipUnless(accounts.NameOf(false, 2) == "bin" && accounts.NameOf(true, 2) == "bin", "Here is another list of users.");
        await RestoreAsync(ground.At("by-name"), foreign, numericIds: false);
        await RestoreAsync(ground.At("by-number"), foreign, numericIds: true);
        Assert.Equal((2u, 2u, 2u), Read(ground.At("by-name/named")));
        Assert.Equal((1u, 1u, 1u), Read(ground.At("by-number/named")));
    }

    private static async Task RestoreAsync(string target, byte[] data, bool numericIds)
    {
        await using DirectoryDataOwner owner = new(new DirectoryOwnerOptions { Name = "files", Path = target, NumericIds = numericIds });
        await OwnerDriver.StageAsync(owner, [new OwnerDriver.Backup(data, [], 0, Conn.ActiveBackup.OwnerRemarks.Nothing)], 1, Token);
        await owner.PrepareRestoreAsync(Conn.ActiveBackup.DriveNumber.C, Token);
        await owner.RestoreCompleteAsync(Conn.ActiveBackup.DriveNumber.C, Token);
    }

    private static (uint User, uint Group, uint OfAcl) Read(string path)
    {
        Errno.Check(Kernel.Open(Kernel.CurrentFolder, Playground.Raw(path), OpenFlags.ReadWary, 0, out int file), path);
        Errno.Check(Kernel.StatOpen(file, out FileStatus status), path);
        byte[] acl = new byte[100];
        Errno.Check(new AttributeHolder(file).Get("system.posix_acl_access\0"u8, acl, out int bytes), path);
        Kernel.Close(file);
        return (status.UserId, status.GroupId, Assert.Single(AclEntries.Of(acl.AsSpan(0, bytes))).Number);
    }

    private static OwnerDriver.Backup Make(TreeEntry root, TreeEntry file)
    {
        var filler = new SectionFiller();
        byte[] section = new byte[1 << 20];
        filler.Begin(section);
        var encoder = new StreamEncoder(filler);
        encoder.Header(false);
        encoder.Entry(RecordKind.Folder, root);
        encoder.File(file);
        encoder.EndFile(ContentHash.Of([]));
        encoder.End();
        return new OwnerDriver.Backup(section[..filler.Used], [], 0, Conn.ActiveBackup.OwnerRemarks.Nothing);
    }

    private static byte[] AclOf(uint user)
    {
        (ushort Tag, ushort Rights, uint Id)[] entries =
            [(1, 6, uint.MaxValue), (2, 7, user), (4, 4, uint.MaxValue), (16, 7, uint.MaxValue), (32, 4, uint.MaxValue)];
        byte[] acl = [2, 0, 0, 0, .. entries.SelectMany(static e => (byte[])[.. BitConverter.GetBytes(e.Tag), .. BitConverter.GetBytes(e.Rights), .. BitConverter.GetBytes(e.Id)])];
        byte[] set = new byte[300];
        var writer = new WireWriter(set);
        writer.Counted(ExtendedSet.AccountKey(false, user));
        writer.Counted(System.Text.Encoding.UTF8.GetBytes(new Accounts().NameOf(false, user)));
        writer.Counted("system.posix_acl_access"u8);
        writer.Counted(acl);
        return set[..writer.Written];
    }

    private static byte[] Renamed(byte[] data, string from, string to)
    {
        // Lengths stand before the names: all numbers that change are single bytes.
        byte[] old = [(byte)from.Length, .. System.Text.Encoding.UTF8.GetBytes(from)];
        byte[] made = [(byte)to.Length, .. System.Text.Encoding.UTF8.GetBytes(to)];
        string text = Convert.ToHexString(data);
        string set = Convert.ToHexString([(byte)AclOf(1).Length]);
        string shorter = Convert.ToHexString([(byte)(AclOf(1).Length - from.Length + to.Length)]);
        int at = text.IndexOf(set + Convert.ToHexString([10, .. "acl-user:1"u8]), StringComparison.Ordinal);
        text = text[..at] + shorter + text[(at + 2)..];
        return Convert.FromHexString(text.Replace(Convert.ToHexString(old), Convert.ToHexString(made), StringComparison.Ordinal));
    }

    private static TreeEntry Entry(string path)
    {
        var entry = new TreeEntry { Mode = 0x1ED };
        entry.Path.Set(System.Text.Encoding.Latin1.GetBytes(path));
        return entry;
    }
}
