using System.Runtime.InteropServices;
using System.Text;

namespace Conn.DataOwners.Posix;

/// <summary>Names and numbers of users and groups, as this system resolves them. Each is asked for once. One thread at a time.</summary>
internal sealed unsafe class Accounts
{
    /// <summary>What is stored of a name at most, in UTF-8.</summary>
    internal const int MaxNameBytes = 255;

    // More than a record has on any system. The name comes first, the number after name and password, for users and groups alike.
    private const int RecordBytes = 128;
    private const int MaxBufferBytes = 1 << 20;
    private static readonly int NumberOffset = 2 * sizeof(nint);
    private readonly Dictionary<(bool IsGroup, uint Number), string> _names = [];
    private readonly Dictionary<(bool IsGroup, string Name), uint?> _numbers = [];
    private byte[] _buffer = new byte[4096];

    private delegate int Call(byte* record, byte* buffer, nint bytes, nint* found);

    /// <summary>Gets the name of a user or group; empty when it has none here.</summary>
    internal string NameOf(bool isGroup, uint number)
    {
        if (!_names.TryGetValue((isGroup, number), out string? name))
        {
            name = Find(
                (record, buffer, bytes, found) => isGroup ? LibC.GroupOf(number, record, buffer, bytes, found) : LibC.UserOf(number, record, buffer, bytes, found),
                static record => Marshal.PtrToStringUTF8(*(nint*)record)) ?? "";
            name = Encoding.UTF8.GetByteCount(name) <= MaxNameBytes ? name : "";
            _names.Add((isGroup, number), name);
        }

        return name;
    }

    /// <summary>Gets the number that a name has here; null when there is none.</summary>
    internal uint? NumberOf(bool isGroup, string name)
    {
        if (!_numbers.TryGetValue((isGroup, name), out uint? number))
        {
            number = FindNumber(isGroup, name);
            _numbers.Add((isGroup, name), number);
        }

        return number;
    }

    private uint? FindNumber(bool isGroup, string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name + '\0');
        return Find<uint?>(
            (record, buffer, length, found) =>
            {
                fixed (byte* text = bytes)
                {
                    return isGroup ? LibC.GroupNamed(text, record, buffer, length, found) : LibC.UserNamed(text, record, buffer, length, found);
                }
            },
            static record => *(uint*)(record + NumberOffset));
    }

    private T? Find<T>(Call call, Func<nint, T?> read)
    {
        byte* record = stackalloc byte[RecordBytes];
        while (true)
        {
            fixed (byte* buffer = _buffer)
            {
                nint found = 0;
                int error = call(record, buffer, _buffer.Length, &found);
                if (error == 0 || error != Errno.Range || _buffer.Length >= MaxBufferBytes)
                {
                    return error == 0 && found != 0 ? read(found) : default;
                }
            }

            _buffer = new byte[_buffer.Length * 4];
        }
    }
}
