using System.Globalization;
using System.Text;

namespace Conn.DataOwners.Directory;

/// <summary>What was prepared, in a few lines of text: enough to put it in place in another process. Read back strictly; anything else is no journal.</summary>
/// <param name="Staging">Name of the staged tree, in the target's parent.</param>
/// <param name="Target">Last name of the target.</param>
/// <param name="Device">File system of the staged root.</param>
/// <param name="Inode">The staged root itself: wherever this inode is, there the new tree is.</param>
internal sealed record RestoreJournal(string Staging, string Target, ulong Device, ulong Inode)
{
    internal const string FileName = "journal";
    internal const int MaxBytes = 4096;
    private const string Head = "conn directory restore 1";

    internal byte[] ToBytes() => Encoding.UTF8.GetBytes($"{Head}\n{Staging}\n{Target}\n{Device:x16}\n{Inode:x16}\nend\n");

    internal static RestoreJournal? Parse(ReadOnlySpan<byte> bytes)
    {
        string[] lines = bytes.Length > MaxBytes ? [] : Encoding.UTF8.GetString(bytes).Split('\n');
        bool legal = lines.Length == 7 && lines[0] == Head && lines[5] == "end" && lines[6].Length == 0
            && StagingPlace.IsStagingName(lines[1])
            && lines[2].Length > 0 && !lines[2].Contains('/', StringComparison.Ordinal) && lines[2] is not ("." or "..");
        return legal
            && ulong.TryParse(lines[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong device)
            && ulong.TryParse(lines[4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong inode)
            ? new RestoreJournal(lines[1], lines[2], device, inode)
            : null;
    }
}
