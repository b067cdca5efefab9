using System.Text;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>Stored examples. One that fails means that repositories in the field can no longer be read: change the version, not the example.</summary>
public sealed class FormatFrozenTests
{
    [Fact]
    public void Stored_numbers_stay_what_they_are()
    {
        Assert.Equal("Base=0 Increment=1", Numbers<SetType>());
        Assert.Equal("Succeeded=0 Partial=1 Failed=2", Numbers<SetOutcome>());
        Assert.Equal("Succeeded=0 Incomplete=1 Skipped=2 Failed=3", Numbers<PartOutcome>());
        Assert.Equal("Data=0 Snapshot=1", Numbers<StreamKind>());
        Assert.Equal("Device=0 Cached=1", Numbers<ReadBack>());
        Assert.Equal("Format=1 Index=2 Manifest=3 Restore=4", Numbers<RecordKind>());
        Assert.Equal("Raw=0 Zstd=1 Reference=2", Numbers<SectionEncoding>());
        Assert.Equal((56, 64, 88, 48, 1 << 20, 25), (CheckedRecord.HeaderBytes, SegmentHeader.Bytes, SectionHeader.Bytes, SectionReference.Bytes, RepositoryOptions.MaxSectionBytes, SetId.Length));
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

        foreach (var wrong in new[] { "1-20261123T001122Z-6f3a9c01", "000000001-20261123T001122Z-6f3a9c01", "00000000-20261123T001122Z-6f3a9c01", "..", "-0000001-20261123T001122Z-6f3a9c01" })
        {
            Assert.False(RepositoryLayout.TryParseNumbered(wrong, out _, out _));
        }
    }

    [Fact]
    public void A_format_record_stays_what_it_is()
    {
        UInt128 id = new(0x0001020304050607, 0x08090A0B0C0D0E0F);

        // The SHA-256 was computed by another program from docs/format.md.
        Assert.Equal(
            "434F4E4E52454300010001000000000015000000000000004D5F7E63BF8DE2FC0637DF360FA1268D9FE17D3B7DBAEF0A881B453FBC08D8A5"
                + "93C410000102030405060708090A0B0C0D0E0F00C0",
            Convert.ToHexString(new FormatRecord(id).Seal()));
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
        string[] stored =
        [
            "434F4E4E5245430001000300000000007F00000000000000B6DFFD0631DC61EF069C7F1E1CA9B6A828347311E50002524A92C4777AFC291A"
                + "98C410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
                + "C200919DA56E6F746573CE20000001A56E6F746573C00000A96F776E657242617365A090900791930295004001055DC09193CC9D01C41000"
                + "0102030405060708090A0B0C0D0E0F",
            "434F4E4E524543000100030000000000800000000000000077818F5760FCAF82DC76F119D0571158C81CCB6E33485A1DD54D0438A191D181"
                + "98C410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
                + "C200919EA56E6F746573CE20000001A56E6F746573C00000A96F776E657242617365A090900791930295004001055DC09193CC9D01C41000"
                + "0102030405060708090A0B0C0D0E0F03",
        ];
        foreach (var (example, version) in stored.Zip([0u, 3u]))
        {
            var manifest = ManifestRecord.Open(Convert.FromHexString(example));
            Assert.Equal(example, Convert.ToHexString(manifest.Seal()));
            Assert.Equal(("20261123T001122Z-6f3a9c01", 1L), (manifest.Set.Id.Text, manifest.Set.Sequence));
            Assert.Equal(new DateTimeOffset(2026, 11, 23, 0, 11, 22, TimeSpan.Zero), manifest.Set.Time);
            var part = Assert.Single(manifest.Set.Parts);
            Assert.Equal(("notes", "notes", 0x20000001u, "ownerBase", 7L, version), (part.Name, part.Kind, part.Sid, part.Grade, part.HeldMilliseconds, part.DataVersion));
            Assert.Equal((DriveC, 1L, 5L, 93L), (part.Drives[0].Drive, part.Drives[0].Data!.Sections, part.Drives[0].Data!.Bytes, part.Drives[0].Data!.StoredBytes));
            Assert.Equal(157, Assert.Single(part.Segments).Bytes);
        }
    }

    [Fact]
    public void A_data_version_of_0_is_left_out_and_written_down_it_is_damaged()
    {
        var written = Convert.FromHexString(
            "434F4E4E52454300010003000000000080000000000000007A6223C2CF0B20E3D7052AA6928F41E32CFE2B205EEBBF08DDC3F844581C20C2"
                + "98C410000102030405060708090A0B0C0D0E0FB93230323631313233543030313132325A2D366633613963303101CF08DF48F64E23710000"
                + "C200919EA56E6F746573CE20000001A56E6F746573C00000A96F776E657242617365A090900791930295004001055DC09193CC9D01C41000"
                + "0102030405060708090A0B0C0D0E0F00");
        Assert.Equal(RepositoryFailure.Damaged, Assert.Throws<RepositoryException>(() => ManifestRecord.Open(written)).Failure);
    }

    private static string Numbers<T>()
        where T : struct, Enum =>
        string.Join(' ', Enum.GetValues<T>().Select(static value => $"{value}={Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)}"));
}
