using System.Runtime.CompilerServices;
using Conn.ActiveBackup.Content;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>Cuts bytes into sections.</summary>
internal static class Cuts
{
    /// <summary>Sections of one size each; of 0 for one section.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> Section, bool IsLast)> Of(byte[] bytes, int size)
    {
        int done = 0;
        do
        {
            int length = Math.Min(size == 0 ? bytes.Length : size, bytes.Length - done);
            yield return (bytes.AsMemory(done, length), done + length == bytes.Length);
            done += length;
        }
        while (done < bytes.Length);
    }

    /// <summary>Makes a stream as a repository gives it.</summary>
    public static StoredStream Stream(byte[] bytes, int size) => new(bytes.Length, token => SectionsAsync(bytes, size, token));

    /// <summary>Splits an input into parts that each begin with their length, of two bytes; the last one is the rest.</summary>
    public static byte[][] Parts(byte[] input, int count)
    {
        byte[][] parts = new byte[count][];
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            int head = i < count - 1 && input.Length - at >= 2 ? 2 : 0;
            int length = head == 0 ? input.Length - at : Math.Min(input[at] | (input[at + 1] << 8), input.Length - at - 2);
            parts[i] = input[(at + head)..(at + head + length)];
            at += head + length;
        }

        return parts;
    }

    /// <summary>Joins parts so that <see cref="Parts"/> splits them.</summary>
    public static byte[] Join(params byte[][] parts) =>
        [.. parts[..^1].SelectMany(static part => (byte[])[(byte)part.Length, (byte)(part.Length >> 8), .. part]), .. parts[^1]];

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> SectionsAsync(byte[] bytes, int size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach ((ReadOnlyMemory<byte> section, bool _) in Of(bytes, size))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return section;
        }
    }
}
