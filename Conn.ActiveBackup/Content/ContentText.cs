using System.Buffers;
using System.Text;

namespace Conn.ActiveBackup.Content;

/// <summary>Turns stored paths, which are bytes, into text.</summary>
public static class ContentText
{
    private static readonly SearchValues<byte> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static b => (byte)b)]);

    /// <summary>Gets a path as text: UTF-8 as it is; bytes that are no UTF-8, and control characters, as <c>\xNN</c>.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The text. Two paths may have the same text, since a backslash is not escaped.</returns>
    public static string Of(ReadOnlySpan<byte> path) => path.ContainsAnyExcept(Plain) ? Escape(path) : Encoding.ASCII.GetString(path);

    /// <summary>Gets whether the text of a path is the path itself: UTF-8 without control characters.</summary>
    /// <param name="path">The path.</param>
    /// <returns>False if <see cref="Of"/> escapes a part of it.</returns>
    public static bool IsExact(ReadOnlySpan<byte> path) => !path.ContainsAnyExcept(Plain) || Encoding.UTF8.GetBytes(Of(path)).AsSpan().SequenceEqual(path);

    private static string Escape(ReadOnlySpan<byte> path)
    {
        StringBuilder text = new(path.Length);
        while (!path.IsEmpty)
        {
            bool isGood = Rune.DecodeFromUtf8(path, out Rune rune, out int used) == OperationStatus.Done;
            if (isGood && !Rune.IsControl(rune))
            {
                text.Append(rune);
            }
            else
            {
                foreach (byte one in path[..used])
                {
                    text.Append("\\x").Append(one.ToString("x2"));
                }
            }

            path = path[used..];
        }

        return text.ToString();
    }
}
