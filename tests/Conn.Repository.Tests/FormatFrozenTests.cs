using System.Text;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>Stored examples of the format. After the first release, never change an example: stored repositories must stay readable.</summary>
public sealed class FormatFrozenTests
{
    [Fact]
    public void Stored_numbers_stay_what_they_are()
    {
        Assert.Equal("Base=0 Increment=1 Quiesced=2 Proxied=3", Numbers<PartType>());
        Assert.Equal("Succeeded=0 Partial=1 Failed=2", Numbers<SetOutcome>());
        Assert.Equal("Succeeded=0 Incomplete=1 Skipped=2 Failed=3", Numbers<PartOutcome>());
        Assert.Equal("Data=0 Snapshot=1", Numbers<StreamKind>());
        Assert.Equal("Device=0 Cached=1", Numbers<ReadBack>());
        Assert.Equal("Format=1 Index=2 Manifest=3 Restore=4 Sums=5 Key=6 Mark=7 Seal=8", Numbers<RecordKind>());
        Assert.Equal("Raw=0 Zstd=1 Reference=2", Numbers<SectionEncoding>());
        Assert.Equal((56, 64, 88, 48), (CheckedRecord.HeaderBytes, SegmentHeader.Bytes, SectionHeader.Bytes, SectionReference.Bytes));
        Assert.Equal((1 << 20, 25), (RepositoryOptions.MaxSectionBytes, SetId.Length));
    }

    [Fact]
    public void Names_stay_what_they_are()
    {
        var id = SetId.Create(new DateTimeOffset(2026, 11, 23, 2, 11, 22, TimeSpan.FromHours(2)), 0x6f3a9c01);
        Assert.Equal("20261123T001122Z-6f3a9c01", id.Text);
        Assert.Equal(id, SetId.Parse("20261123T001122Z-6f3a9c01"));
        Assert.Equal("sets/00000012-20261123T001122Z-6f3a9c01", RepositoryLayout.SetFolder(12, id));
        Assert.Equal("0003-000017.data", RepositoryLayout.SegmentName(3, 17));
        Assert.True(RepositoryLayout.TryParseNumbered("123456789-20261123T001122Z-6f3a9c01", out var number, out _));
        Assert.Equal(123456789, number);
        foreach (var wrong in new[] { "", "20261123T001122Z-6F3A9C01", "20261323T001122Z-6f3a9c01", "20261123T001122Z-6f3a9c0", "20261123T001122Z-6f3a9c011" })
        {
            Assert.False(SetId.TryParse(wrong, out _));
        }

        foreach (string wrong in new[] { "1", "000000001", "00000000", "-0000001", "..", "" })
        {
            Assert.False(RepositoryLayout.TryParseNumbered($"{wrong}-20261123T001122Z-6f3a9c01", out _, out _));
        }
    }

    [Fact]
    public void A_format_record_stays_what_it_is()
    {
        Hash128 id = new(0x0001020304050607, 0x08090A0B0C0D0E0F);

        // The SHA-256 was computed by another program from docs/format.md.
        Assert.Equal(
            "434F4E4E52454300010001000000000014000000000000006A62858A41AFC51BA665C1A666EACDF06C1B1E62F48F91B92DE8B28984268DB2"
                + "92C410000102030405060708090A0B0C0D0E0F00",
            Convert.ToHexString(new FormatRecord(id).Seal()));
        Assert.Equal(
            "434F4E4E5245430001000100000000001400000000000000EB537849EB47F4F8D53E07B82CAF0A8440DE919A4C2D34261A2454F909585680"
                + "92C410000102030405060708090A0B0C0D0E0F01",
            Convert.ToHexString(new FormatRecord(id, IsEncrypted: true).Seal()));
    }

    [Fact]
    public void A_mark_stays_what_it_is()
    {
        // Written by another program from docs/format.md.
        string example = "434F4E4E52454300010007000000000044000000000000009AE9118B4081745043F0D2744AD2D9F3EC5DBE0EBD6B7B59DDC750989BDC61ED"
                + "97C410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D36663361396330310C02CF08DF48F64E237100"
                + "A46B6565709201CE20000001";
        StoredMark stored = StoredMark.Open(Convert.FromHexString(example));
        Assert.Equal(example, Convert.ToHexString(stored.Seal()));
        Assert.Equal(("20261123T001122Z-6f3a9c01", 12L, SetMarkKind.Held, "keep"), (stored.Mark.Set.Text, stored.Mark.Sequence, stored.Mark.Kind, stored.Mark.Why));
        Assert.Equal(Start, stored.Mark.Time);
        Assert.Equal([1u, 0x20000001u], stored.Mark.Pruned);
        Assert.Equal("None=0 Hidden=1 Held=2", Numbers<SetMarkKind>());
    }

    [Fact]
    public async Task A_segment_stays_what_it_is()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var set = await BackupAsync(repository, 1, null, [Encoding.ASCII.GetBytes("hello")], [Encoding.ASCII.GetBytes("hello")]);
        var path = storage.Files().Single(static file => file.Path.EndsWith(".data", StringComparison.Ordinal)).Path;
        var bytes = storage.Read(path);
        Assert.Equal(64 + 88 + 5 + 88 + 5, bytes.Length);
        Assert.Equal("4353454701000000", Convert.ToHexString(bytes, 16, 8));
        Assert.Equal(set.Id.Text, Encoding.ASCII.GetString(bytes, 24, 25));
        Assert.Equal("43534543" + "00000200" + "0000000000000000" + "0500000005000000", Convert.ToHexString(bytes, 64 + 16, 24));
        Assert.Equal(new string('0', 64), Convert.ToHexString(bytes, 64 + 56, 32));
        Assert.Equal("hello", Encoding.ASCII.GetString(bytes, 64 + 88, 5));

        // SHA-256 and XXH3-128 of "hello", as any other program computes them.
        Assert.Equal("2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824", Convert.ToHexString(bytes, 64 + 93 + 56, 32));
        Assert.Equal("B5E9C1AD071B3E7FC779CFAA5E523818", Convert.ToHexString(bytes, 64 + 40, 16));
    }

    [Fact]
    public void A_manifest_stays_what_it_is()
    {
        // Values and SHA-256 were written by another program from docs/format.md.
        (string Example, PartType Type, uint Version, long Total)[] stored =
        [
            ("434F4E4E52454300010003000000000096000000000000004A3031EE8B3A2522889EE68386ACBA896050B316C7665DB7F895591048194816"
                + "9BC410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
                + "C200A3626F7891A67765656B6C79C091DC0010A56E6F746573CE20000001A56E6F746573AA2F7372762F6E6F74657300C0000000A4426173"
                + "65909007C091930295004001055DC09193CC9D01C410000102030405060708090A0B0C0D0E0F",
                PartType.Base, 0, -1),
            ("434F4E4E52454300010003000000000098000000000000002EF3E09314D90A359343E07F312D33E5F7D312ED2ECE9401647326593963F858"
                + "9BC410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
                + "C200A3626F7891A67765656B6C79C091DC0010A56E6F746573CE20000001A56E6F746573AA2F7372762F6E6F74657303C0000000A4426173"
                + "65909007CD138891930295004001055DC09193CC9D01C410000102030405060708090A0B0C0D0E0F",
                PartType.Base, 3, 5000),
            ("434F4E4E524543000100030000000000B000000000000000D28EBA4B490E1D74A2BA22A49BA116A37A0CF939B44A259EDCC73C91EDC28392"
                + "9BC410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
                + "C200A3626F7891A67765656B6C79C091DC0010A56E6F746573CE20000001A56E6F746573AA2F7372762F6E6F7465730091B9323032363131"
                + "3232543030313132325A2D3030303030303031000001A442617365909007C091930295004001055DC09193CC9D01C4100001020304050607"
                + "08090A0B0C0D0E0F",
                PartType.Increment, 0, -1),
            ("434F4E4E5245430001000300000000009600000000000000D994BDE0E21D5C47801EE07346EFA70C69FE947934EB7B80101C6FE62688B45A"
                + "9BC410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
                + "C200A3626F7891A67765656B6C79C091DC0010A56E6F746573CE20000001A56E6F746573AA2F7372762F6E6F74657300C0000002A4426173"
                + "65909007C091930295004001055DC09193CC9D01C410000102030405060708090A0B0C0D0E0F",
                PartType.Quiesced, 0, -1),
        ];
        foreach ((string example, PartType type, uint version, long total) in stored)
        {
            ManifestRecord manifest = ManifestRecord.Open(Convert.FromHexString(example));
            Assert.Equal(example, Convert.ToHexString(manifest.Seal()));
            Assert.Equal(("20261123T001122Z-6f3a9c01", 1L), (manifest.Set.Id.Text, manifest.Set.Sequence));
            Assert.Equal(Start, manifest.Set.Time);
            OwnerPart part = Assert.Single(manifest.Set.Parts);
            Assert.Equal(("notes", "notes", 0x20000001u, type), (part.Name, part.Kind, part.Sid, part.Type));
            Assert.Equal((7L, total, version, "/srv/notes"), (part.HeldMilliseconds, part.TotalBytes, part.DataVersion, part.Source));
            Assert.Equal(("box", "weekly"), (manifest.Set.Host, Assert.Single(manifest.Set.Tags)));
            Assert.Equal(type == PartType.Increment ? "20261122T001122Z-00000001" : null, part.Parent?.Text);
            Assert.Equal([new DriveStreams(DriveC, new StreamInfo(1, 5, 93) { Offset = 64 }, null)], part.Drives);
            Assert.Equal(157, Assert.Single(part.Segments).Bytes);
            Assert.Null(manifest.Set.Previous);
        }

        const string Second = "434F4E4E524543000100030000000000D3000000000000003312C89EAFBACFEFB99652A678C27ABAB3535626CE2BFDE4A0470EA48466D704"
            + "9BC410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303102CF08DF48F64E23710000"
            + "C200A3626F7891A67765656B6C7993B93230323631313232543030313132325A2D303030303030303101C420000102030405060708090A0B"
            + "0C0D0E0F101112131415161718191A1B1C1D1E1F91DC0010A56E6F746573CE20000001A56E6F746573AA2F7372762F6E6F74657300C00000"
            + "00A442617365909007C091930295004001055DC09193CC9D01C410000102030405060708090A0B0C0D0E0F";
        ManifestRecord second = ManifestRecord.Open(Convert.FromHexString(Second));
        Assert.Equal(Second, Convert.ToHexString(second.Seal()));
        Assert.Equal(("20261122T001122Z-00000001", 1L), (second.Set.Previous!.Id.Text, second.Set.Previous.Sequence));
        Assert.Equal(Sha256Hash.Read(Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray()), second.Set.Previous.ManifestSha);
    }

    [Fact]
    public void An_index_stays_what_it_is()
    {
        const string Example =
            "434F4E4E524543000100020000000000B5000000000000008A03A38981C35895888F5CC98B9E9B0BE525355D439E787031B84F8090BA96E0"
                + "96C410000102030405060708090A0B0C0D0E0FCD012C029193B93230323631313233543030313132325A2D3666336139633031CD012BC420"
                + "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F929301B93230323631313232543030313132325A2D303030"
                + "3030303031CCC89302B93230323631313233543030313132325A2D3666336139633031CD012B9192B9323032363131323254303031313232"
                + "5A2D3030303030303031CD012C";
        IndexRecord index = IndexRecord.Open(Convert.FromHexString(Example));
        Assert.Equal(Example, Convert.ToHexString(index.Seal()));
        Assert.Equal((300L, 2L), (index.LastSequence, index.LastRestore));
        Assert.Equal(("20261123T001122Z-6f3a9c01", 299L), (index.Sets[0].Id.Text, index.Sets[0].Sequence));
        Assert.Equal([200L, 299L], index.Restores.Select(static restore => restore.Sequence));
        Assert.Equal(300, Assert.Single(index.Removals).Number);
        Assert.Empty(index.Held);

        const string Held =
            "434F4E4E524543000200020000000000730000000000000069DC79C2DE5C17891AC0960A3982C1A515F58C70332561828DBA8C474A568A17"
                + "97C410000102030405060708090A0B0C0D0E0F0C009193B93230323631313233543030313132325A2D36663361396330310CC42000010203"
                + "0405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F90909192B93230323631313233543030313132325A2D366633613963"
                + "30310C";
        IndexRecord held = IndexRecord.Open(Convert.FromHexString(Held));
        Assert.Equal(Held, Convert.ToHexString(held.Seal()));
        Assert.Equal("20261123T001122Z-6f3a9c01", Assert.Single(held.Held).Id.Text);
    }

    [Fact]
    public void A_restore_record_stays_what_it_is()
    {
        const string Example =
            "434F4E4E5245430001000400000000006B00000000000000AD190A8994D9AA4E9194506D3981158D4CC9415D4029453F36BC3BFE7248A90A"
                + "97C410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303102CF08DF48F64E237100CD"
                + "012BC29196A56E6F746573CE20000001B93230323631313232543030313132325A2D3030303030303031C3C2919202C4020506";
        StoredRestore stored = StoredRestore.Open(Convert.FromHexString(Example));
        Assert.Equal(Example, Convert.ToHexString(stored.Seal()));
        Assert.Equal((2L, Start, 299L, false), (stored.Restore.Number, stored.Restore.Time, stored.Restore.Sequence, stored.Restore.Completed));
        Restores.RestoreOwner owner = Assert.Single(stored.Restore.Owners);
        Assert.Equal(("notes", 0x20000001u, "20261122T001122Z-00000001"), (owner.Name, owner.Sid, owner.Set.Text));
        Assert.Equal((true, false), (owner.ChangesParent, owner.Completed));
        Assert.Equal([5, 6], Assert.Single(owner.Drives).Token.ToArray());
    }

    [Fact]
    public void A_manifest_whose_values_do_not_agree_is_damaged()
    {
        string[] stored =
        [
            // An increment without a parent.
            "434F4E4E5245430001000300000000009500000000000000F8EF6FC97B29C3C27D6CCD92471F71C8BEF3521326C5A315FBC17EDC14DD74A9"
            + "9AC410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
            + "C200A3626F7891A67765656B6C7991DC0010A56E6F746573CE20000001A56E6F746573AA2F7372762F6E6F74657300C0000001A442617365"
            + "909007C091930295004001055DC09193CC9D01C410000102030405060708090A0B0C0D0E0F",

            // A base with a parent.
            "434F4E4E524543000100030000000000B1000000000000002B54086612DB9707B2791B2DE5BEC4E109BCB75D632F78919EF7CD3EE0638EE1"
            + "9AC410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
            + "C200A3626F7891A67765656B6C7991DC0010A56E6F746573CE20000001A56E6F746573AA2F7372762F6E6F7465730091B932303236313132"
            + "32543030313132325A2D3030303030303031000000A442617365909007CD138891930295004001055DC09193CC9D01C41000010203040506"
            + "0708090A0B0C0D0E0F",

            // Type 4 does not exist.
            "434F4E4E5245430001000300000000009500000000000000B318FA0F230459EB987C6CE58355A415FA186DC10D53B4E567C9F7F024377211"
            + "9AC410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
            + "C200A3626F7891A67765656B6C7991DC0010A56E6F746573CE20000001A56E6F746573AA2F7372762F6E6F74657300C0000004A442617365"
            + "909007C091930295004001055DC09193CC9D01C410000102030405060708090A0B0C0D0E0F",
        ];
        foreach (string example in stored)
        {
            Assert.Equal(RepositoryFailure.Damaged, Assert.Throws<RepositoryException>(() => ManifestRecord.Open(Convert.FromHexString(example))).Failure);
        }
    }

    private static string Numbers<T>()
        where T : struct, Enum =>
        string.Join(' ', Enum.GetValues<T>().Select(static value => $"{value}={Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)}"));
}
