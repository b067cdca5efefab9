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
        var id = Enumerable.Range(0, 16).Select(static number => (byte)number).ToArray();

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

    private static string Numbers<T>()
        where T : struct, Enum =>
        string.Join(' ', Enum.GetValues<T>().Select(static value => $"{value}={Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)}"));
}
