using System.Buffers;
using System.Globalization;
using System.Text;
using Conn.ActiveBackup.Content;
using Conn.DataOwners;

namespace Conn.Cli.Contents;

/// <summary>
/// Makes what stands before the content of an entry in a tar archive in the pax format of POSIX: a header, and before it the records that the header has no
/// room for. Extended attributes and ACLs have the names that GNU tar and libarchive gave them. System.Formats.Tar writes values of records as text, and
/// attributes are bytes.
/// </summary>
internal sealed class PaxEntry
{
    public const int BlockBytes = 512;
    private const int NameBytes = 100;
    private const long MaxId = (1L << 21) - 1;
    private const long MaxNumber = (1L << 33) - 1;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private readonly ArrayBufferWriter<byte> _records = new();
    private readonly byte[] _header = new byte[BlockBytes];

    /// <summary>Makes the blocks of an entry.</summary>
    public static byte[] Of(ContentEntry entry)
    {
        PaxEntry made = new();
        made.Describe(entry);
        made.AddAttributes(entry);
        byte[] header = Sealed(made._header);
        if (made._records.WrittenCount == 0)
        {
            return header;
        }

        byte[] extended = new byte[BlockBytes];
        header.AsSpan(0, BlockBytes).CopyTo(extended);
        extended.AsSpan(0, NameBytes).Clear();
        extended.AsSpan(157, NameBytes).Clear();
        "PaxHeaders/entry"u8.CopyTo(extended);
        Number(extended.AsSpan(124, 12), made._records.WrittenCount);
        extended[156] = (byte)'x';
        return [.. Sealed(extended), .. made._records.WrittenSpan, .. new byte[Padding(made._records.WrittenCount)], .. header];
    }

    /// <summary>Gets how many zeros follow content, so that the next header begins with a block.</summary>
    public static int Padding(long bytes) => (int)(-bytes & (BlockBytes - 1));

    private void Describe(ContentEntry entry)
    {
        Text(0, NameBytes, "path", entry.Kind == ContentKind.Folder ? entry.Text + "/" : entry.Text);
        Number(_header.AsSpan(100, 8), entry.Mode ?? 0x180);
        Id(108, "uid", entry.UserId);
        Id(116, "gid", entry.GroupId);
        long size = entry.Kind == ContentKind.File ? entry.Size : 0;
        Number(_header.AsSpan(124, 12), size <= MaxNumber ? size : 0);
        if (size > MaxNumber)
        {
            Record("size", size.ToString(CultureInfo.InvariantCulture));
        }

        Time(entry.ModifiedNanoseconds ?? 0);
        _header[156] = (byte)(entry.Kind switch { ContentKind.Folder => '5', ContentKind.Link => '2', ContentKind.HardLink => '1', _ => '0' });
        if (entry.Kind is ContentKind.Link or ContentKind.HardLink)
        {
            Text(157, NameBytes, "linkpath", ContentText.Of(entry.Target.Span));
        }

        "ustar\0"u8.CopyTo(_header.AsSpan(257));
        "00"u8.CopyTo(_header.AsSpan(263));
        Text(265, 31, "uname", entry.UserName ?? "");
        Text(297, 31, "gname", entry.GroupName ?? "");
    }

    // The attributes of a hard link are those of its first name.
    private void AddAttributes(ContentEntry entry)
    {
        foreach (ContentAttribute attribute in entry.Kind == ContentKind.HardLink ? [] : DirectoryAttributes.Of(entry))
        {
            if (attribute.AclText is { } acl)
            {
                Record(attribute.IsDefaultAcl ? "SCHILY.acl.default" : "SCHILY.acl.access", acl);
            }
            else
            {
                Record([.. "SCHILY.xattr."u8, .. Keyword(attribute.Name.Span)], attribute.Value.Span);
            }
        }
    }

    // A sign of equality ends the name of a record; GNU tar reads these two signs back from their numbers.
    private static byte[] Keyword(ReadOnlySpan<byte> name)
    {
        List<byte> keyword = [];
        foreach (byte one in name)
        {
            keyword.AddRange(one switch { (byte)'%' => "%25"u8, (byte)'=' => "%3D"u8, _ => [one] });
        }

        return [.. keyword];
    }

    private void Text(int at, int room, string record, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bytes.AsSpan(0, Math.Min(room, bytes.Length)).CopyTo(_header.AsSpan(at));
        if (bytes.Length > room || bytes.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)127))
        {
            Record(Encoding.ASCII.GetBytes(record), bytes);
        }
    }

    private void Id(int at, string record, uint id)
    {
        Number(_header.AsSpan(at, 8), id <= MaxId ? id : 0);
        if (id > MaxId)
        {
            Record(record, id.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Time(long nanoseconds)
    {
        (long seconds, long rest) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        bool fits = nanoseconds >= 0 && seconds <= MaxNumber;
        Number(_header.AsSpan(136, 12), fits ? seconds : 0);
        if (!fits || rest != 0)
        {
            string fraction = rest == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".{Math.Abs(rest):D9}");
            Record("mtime", string.Create(CultureInfo.InvariantCulture, $"{(nanoseconds < 0 ? "-" : "")}{Math.Abs(seconds)}{fraction}"));
        }
    }

    private void Record(string keyword, string value) => Record(Encoding.ASCII.GetBytes(keyword), Encoding.UTF8.GetBytes(value));

    // A record begins with its length, which counts the digits of the length too.
    private void Record(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value)
    {
        int rest = keyword.Length + value.Length + 3;
        int length = rest + 1;
        while (length != rest + Digits(length))
        {
            length = rest + Digits(length);
        }

        _records.Write(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture) + " "));
        _records.Write(keyword);
        _records.Write("="u8);
        _records.Write(value);
        _records.Write("\n"u8);
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    // Octal digits, with a NUL behind.
    private static void Number(Span<byte> field, long number)
    {
        field[^1] = 0;
        for (int i = field.Length - 2; i >= 0; i--, number >>= 3)
        {
            field[i] = (byte)('0' + (number & 7));
        }
    }

    // The sum counts its own field as spaces.
    private static byte[] Sealed(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte one in header)
        {
            sum += one;
        }

        Number(header.AsSpan(148, 7), sum);
        return header;
    }
}
