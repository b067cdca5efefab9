using System.Text;
using Conn.DataOwners.Directory;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Extended attributes and ACLs come back with a restore and with single files; a change of them alone is stored as attributes.</summary>
public sealed class ExtendedAttributeTests : IDisposable
{
    private const string Acl = "system.posix_acl_access";
    private const string DefaultAcl = "system.posix_acl_default";
    private readonly Playground _ground = new(onDisk: true);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _ground.Dispose();

    [Fact]
    public async Task They_come_back_on_files_folders_and_the_root_and_a_change_of_them_alone_stores_no_content()
    {
        Fill();
        StoredStates stored = new(1, 3000);
        await stored.AddAsync(_ground, Token);
        List<string> first = Print(_ground.Source);
        Set("file", "user.color", "blue");
        Remove("file", "user.large");
        Set("folder", "user.new", "1");
        Remove("shared", DefaultAcl);
        _ground.Write("shared/later", "made when the folder gives nothing");
        _ground.Write("inherits/later", "has what the folder gives");
        Set("large", "user.only", "this");
        await stored.AddAsync(_ground, Token);
        List<string> second = Print(_ground.Source);
        Assert.InRange(stored.Chain[1].Data.Length, 10, 1200);
        await AssertAsync(stored, 0, first);
        await AssertAsync(stored, 1, second);
        Assert.Empty(stored.Chain[1].Remarks.Notes);
    }

    [Fact]
    public async Task An_increment_without_changes_is_empty_and_a_moved_file_keeps_what_it_has()
    {
        Fill();
        StoredStates stored = new(1, 1 << 20);
        await stored.AddAsync(_ground, Token);
        await stored.AddAsync(_ground, Token);
        Assert.InRange(stored.Chain[1].Data.Length, 1, 100);
        _ground.Move("file", "moved");
        Set("moved", "user.color", "other");
        await stored.AddAsync(_ground, Token);
        await AssertAsync(stored, 2, Print(_ground.Source));
    }

    [Fact]
    public async Task A_target_that_gives_an_ACL_to_what_is_made_in_it_changes_nothing_of_a_restore()
    {
        Fill();
        StoredStates stored = new(1, 1 << 20);
        await stored.AddAsync(_ground, Token);
        List<string> before = Print(_ground.Source);
        System.IO.Directory.CreateDirectory(_ground.At("parent"));
        SetAt(_ground.At("parent"), DefaultAcl, MakeAcl(7));
        await OwnerDriver.RestoreAsync(_ground.At("parent/back"), stored.Chain, 1, Token);
        Assert.Equal(before, Print(_ground.At("parent/back")));
        TreeImage.AssertSame(stored.Images[0], TreeImage.Of(_ground.At("parent/back")), "below an ACL");
    }

    [Fact]
    public async Task What_the_file_system_of_the_target_refuses_is_told_once_with_a_count()
    {
        using var memory = new Playground();
        string proc = "/proc/self/fd";
        Assert.SkipUnless(System.IO.Directory.Exists(proc), "There is no file system here that takes no attributes.");
        ExtendedTarget target = new(null);
        Errno.Check(FolderHandle.Open(Playground.Raw(proc), out FolderHandle folder), proc);
        using (folder)
        {
            target.Set(new AttributeHolder(folder.Descriptor), Encode(("user.a", "1"), ("user.b", "2")));
        }

        RemarkList remarks = new();
        target.Tell(remarks);
        target.Tell(remarks);
        Assert.StartsWith("2 extended attributes or ACLs were not restored", Assert.Single(remarks.Take().Notes), StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [Theory]
    [InlineData("security.selinux")]
    [InlineData("system.nfs4_acl")]
    [InlineData("security.ima")]
    [InlineData("user.a\0b")]
    [InlineData("")]
    public void A_name_that_is_never_kept_is_corrupt_in_a_stream(string name) =>
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<ConnException>(() => ExtendedSet.Check(Encode((name, "x")))).Code);

    [Fact]
    public void Sets_out_of_order_cut_or_too_large_are_corrupt()
    {
        ExtendedSet.Check(Encode(("user.a", "1"), ("user.b", "2")));
        ExtendedSet.Check([]);
        byte[] good = Encode(("user.a", "1"));
        Assert.Throws<ConnException>(() => ExtendedSet.Check(Encode(("user.b", "1"), ("user.a", "2"))));
        Assert.Throws<ConnException>(() => ExtendedSet.Check(Encode(("user.a", "1"), ("user.a", "2"))));
        Assert.Throws<ConnException>(() => ExtendedSet.Check(good.AsSpan(0, good.Length - 1)));
        Assert.Throws<ConnException>(() => ExtendedSet.Check(Encode(("user.a", new string('x', ExtendedSet.MaxValueBytes + 1)))));
        Assert.Throws<ConnException>(() => ExtendedSet.Check(Encode(("user." + new string('x', 251), ""))));
    }

    private void Fill()
    {
        _ground.Folder("folder");
        _ground.Folder("inherits");
        _ground.Folder("shared");
        _ground.Write("file", "content");
        _ground.Write("plain", "has none");
        _ground.Write("large", Playground.Random(2 << 20));
        _ground.Link("link", "file");
        Assert.SkipUnless(TrySet(_ground.In("file"), "user.color", Encoding.UTF8.GetBytes("red")) == 0, "The temporary folder takes no extended attributes.");
        Set("file", "user.empty", "");
        Set("file", "user.large", new string('x', 2000));
        Set("folder", "user.note", "of a folder");
        Set(".", "user.root", "of the root");
        SetAt(_ground.Source + "/file", Acl, MakeAcl(4));
        SetAt(_ground.Source + "/inherits", DefaultAcl, MakeAcl(5));
        SetAt(_ground.Source + "/shared", DefaultAcl, MakeAcl(6));
        _ground.Write("inherits/file", "has an ACL from its folder");
        _ground.Write("shared/file", "has another one");
        _ground.Write("read-only", "its owner may not write");
        Set("read-only", "user.kept", "all the same");
        _ground.Mode("read-only", 0x124);
        if (Environment.IsPrivilegedProcess)
        {
            _ = TrySet(_ground.In("link"), "trusted.of-a-link", [1]);
            _ = TrySet(_ground.In("file"), "trusted.secret", [1, 0, 2]);
            _ = TrySet(_ground.In("large"), "security.capability", Convert.FromHexString("0100000200040000000000000000000000000000"));
        }
    }

    /// <summary>An ACL with an entry for one user: version, then tag, permissions and number of each entry.</summary>
    private static byte[] MakeAcl(byte rights)
    {
        (ushort Tag, ushort Rights, uint Id)[] entries =
            [(1, 6, uint.MaxValue), (2, rights, 12345), (4, 4, uint.MaxValue), (16, 7, uint.MaxValue), (32, 4, uint.MaxValue)];
        return [2, 0, 0, 0, .. entries.SelectMany(static e => (byte[])[.. BitConverter.GetBytes(e.Tag), .. BitConverter.GetBytes(e.Rights), .. BitConverter.GetBytes(e.Id)])];
    }

    private async Task AssertAsync(StoredStates stored, int state, List<string> expected)
    {
        string restored = _ground.At($"restored-{state}");
        await OwnerDriver.RestoreAsync(restored, stored.Chain[..(state + 1)], 1, Token);
        Assert.Equal(expected, Print(restored));
        TreeImage.AssertSame(stored.Images[state], TreeImage.Of(restored), "restored");
        string extracted = _ground.At($"extracted-{state}");
        await stored.RestoreAsync(state, extracted, ContentOverwrite.Never, static _ => true, Token);
        Assert.Equal(expected, Print(extracted));
    }

    private void Set(string name, string attribute, string value) => SetAt(_ground.Source + "/" + name, attribute, Encoding.UTF8.GetBytes(value));

    private static void SetAt(string path, string attribute, byte[] value) => Errno.Check(TrySet(Playground.Raw(path), attribute, value), attribute);

    private static int TrySet(byte[] path, string attribute, byte[] value)
    {
        string folder = Path.GetDirectoryName(Encoding.Latin1.GetString(path.AsSpan()[..^1]))!;
        Errno.Check(FolderHandle.Open(Playground.Raw(folder), out FolderHandle open), folder);
        using (open)
        {
            byte[] name = Playground.Raw(Path.GetFileName(Encoding.Latin1.GetString(path.AsSpan()[..^1])));
            return new AttributeHolder(open.Descriptor, name, stackalloc byte[AttributeHolder.MaxPathBytes]).Set(Playground.Raw(attribute), value);
        }
    }

    private void Remove(string name, string attribute)
    {
        Errno.Check(FolderHandle.Open(Playground.Raw(_ground.Source), out FolderHandle open), name);
        using (open)
        {
            var holder = new AttributeHolder(open.Descriptor, Playground.Raw(name), stackalloc byte[AttributeHolder.MaxPathBytes]);
            Errno.Check(holder.Remove(Playground.Raw(attribute)), attribute);
        }
    }

    private static List<string> Print(string root)
    {
        List<string> lines = [];
        RemarkList remarks = new();
        ExtendedSource source = new(remarks);
        Errno.Check(FolderHandle.Open(Playground.Raw(root), out FolderHandle folder), root);
        using (folder)
        {
            var path = new PathBuffer();
            lines.Add(": " + Convert.ToHexString(source.Read(new AttributeHolder(folder.Descriptor), path)));
            foreach (string entry in TreeImage.Of(root).Items.Keys.Where(static key => key != "."))
            {
                path.Set(Encoding.Latin1.GetBytes(entry[2..]));
                using FolderCursor cursor = new(folder);
                Errno.Check(cursor.Enter(path.Parent, out int parent), entry);
                byte[] set = source.Read(new AttributeHolder(parent, path.Leaf, new byte[AttributeHolder.MaxPathBytes]), path);
                lines.Add($"{entry}: {Convert.ToHexString(set)}");
            }
        }

        Assert.Empty(remarks.Take().Notes);
        return lines;
    }

    private static byte[] Encode(params (string Name, string Value)[] attributes)
    {
        byte[] set = new byte[200_000];
        var writer = new WireWriter(set);
        foreach ((string name, string value) in attributes)
        {
            writer.Counted(Encoding.Latin1.GetBytes(name));
            writer.Counted(Encoding.Latin1.GetBytes(value));
        }

        return set[..writer.Written];
    }
}
