using System.Globalization;
using System.Text.Json;
using Conn.ActiveBackup.Content;
using Conn.Cli.Output;

namespace Conn.Cli.Contents;

/// <summary>An entry as a line like that of <c>ls -l</c>, and as members of a JSON object.</summary>
internal static class EntryOutput
{
    private const string Bits = "rwxrwxrwx";

    /// <summary>Gets mode, size, time and name: 43 columns before the name.</summary>
    public static string Line(ContentEntry entry, string name)
    {
        string size = entry.Kind is ContentKind.File or ContentKind.Link ? Sizes.Bytes(entry.Size) : "-";
        string tail = entry.Kind == ContentKind.Folder ? "/" : entry.Kind == ContentKind.HardLink ? $" = {ContentText.Of(entry.Target.Span)}" : "";
        return $"{Mode(entry)}  {size,8}  {Time(entry.Modified),20}  {name}{tail}";
    }

    /// <summary>Gets a time in UTC, or a dash.</summary>
    public static string Time(DateTimeOffset? time) => time is { } known ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "-";

    /// <summary>Gets the word for a kind.</summary>
    public static string Word(ContentKind kind) => kind switch
    {
        ContentKind.Folder => "folder", ContentKind.File => "file", ContentKind.Link => "link", _ => "hardLink",
    };

    /// <summary>Writes the path, and its bytes where the text does not say them.</summary>
    public static void Path(Utf8JsonWriter json, ContentEntry entry)
    {
        json.WriteString("path", entry.Text);
        if (!ContentText.IsExact(entry.Path.Span))
        {
            json.WriteBase64String("pathBytes", entry.Path.Span);
        }
    }

    /// <summary>Writes kind, size, time and hash; what is not stored is null.</summary>
    public static void Content(Utf8JsonWriter json, ContentEntry entry)
    {
        json.WriteString("kind", Word(entry.Kind));
        if (entry.Kind is ContentKind.File or ContentKind.Link || (entry.Kind == ContentKind.HardLink && entry.Hash is not null))
        {
            json.WriteNumber("size", entry.Size);
        }
        else
        {
            json.WriteNull("size");
        }

        Text(json, "modified", entry.Modified?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture));
        Text(json, "hash", entry.Hash?.ToString());
        if (entry.Kind == ContentKind.HardLink)
        {
            json.WriteString("target", ContentText.Of(entry.Target.Span));
        }
    }

    /// <summary>Writes mode, user and group; null where they are not stored.</summary>
    public static void Rights(Utf8JsonWriter json, ContentEntry entry)
    {
        Text(json, "mode", entry.Mode is { } mode ? Convert.ToString(mode, 8).PadLeft(4, '0') : null);
        if (entry.Mode is not null)
        {
            json.WriteNumber("user", entry.UserId);
            json.WriteNumber("group", entry.GroupId);
        }
        else
        {
            json.WriteNull("user");
            json.WriteNull("group");
        }
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteString(name, value);
        }
    }

    private static string Mode(ContentEntry entry)
    {
        Span<char> text = stackalloc char[10];
        text[0] = entry.Kind switch { ContentKind.Folder => 'd', ContentKind.Link => 'l', _ => '-' };
        for (int i = 0; i < Bits.Length; i++)
        {
            text[i + 1] = entry.Mode is { } mode ? (mode & (0x100 >> i)) != 0 ? Bits[i] : '-' : '?';
        }

        int set = entry.Mode ?? 0;
        Special(ref text[3], set & 0x800, 's');
        Special(ref text[6], set & 0x400, 's');
        Special(ref text[9], set & 0x200, 't');
        return new string(text);
    }

    private static void Special(ref char at, int bit, char letter) => at = bit == 0 ? at : at == 'x' ? letter : char.ToUpperInvariant(letter);
}
