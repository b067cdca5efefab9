using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Conn.SystemCalls;

namespace Conn.Cli.Daemon;

/// <summary>Finds the numbers of users and groups by their names, as the system resolves them.</summary>
internal static unsafe class AccountNames
{
    // Name and password come first, in the records of users and of groups alike.
    private static readonly int IdOffset = 2 * sizeof(nint);

    /// <summary>Finds a user by name or number; null when there is none.</summary>
    public static uint? FindUser(string name) => Number(name) ?? IdOf(name, LibC.FindUser);

    /// <summary>Finds a group by name or number; null when there is none.</summary>
    public static uint? FindGroup(string name) => Number(name) ?? IdOf(name, LibC.FindGroup);

    private static uint? Number(string name) => uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private static uint? IdOf(string name, Func<nint, nint> find)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            // The record belongs to the library; it is read before the next call, when the configuration is read by one thread.
            nint record = find((nint)text);
            return record == 0 ? null : (uint)Marshal.ReadInt32(record, IdOffset);
        }
    }
}
