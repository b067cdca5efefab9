using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Conn.Cli.Tests.Running;
using Xunit;

namespace Conn.Cli.Tests.Trees;

/// <summary>The fingerprint of a tree, taken by other means than Conn's own: GNU find lists it, every file is hashed a block at a time. Names are Latin-1, so
/// that any byte is one.</summary>
internal sealed class TreePrint
{
    private const int BlockBytes = 1 << 20;
    private const string Fields = @"%y\0%m\0%U:%G\0%s\0%T@\0%i\0%n\0%b\0%l\0%P\0";
    private const int FieldCount = 10;

    private readonly SortedDictionary<string, TreeEntry> _entries = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, TreeEntry> Entries => _entries;

    /// <summary>All of it as text, except the room that it takes.</summary>
    public string Text => string.Join("\n", _entries.Select(static e => $"{e.Key} {e.Value with { AllocatedBytes = 0 }}"));

    public long Bytes => _entries.Values.Where(e => e.Kind == 'f').Sum(e => e.Size);

    public int Files => _entries.Values.Count(e => e.Kind == 'f');

    public static async Task<TreePrint> OfAsync(string root)
    {
        List<string[]> found = await FindAsync(root);
        found.Sort((a, b) => string.CompareOrdinal(a[9], b[9]));
        TreePrint print = new();
        Dictionary<string, (string Name, string Content)> linked = [];
        byte[] block = new byte[BlockBytes];
        foreach (string[] f in found)
        {
            string name = f[9].Length == 0 ? "." : f[9];
            bool file = f[0] == "f";
            bool known = linked.TryGetValue(f[5], out (string Name, string Content) first);
            string content = !file ? f[8] : known ? first.Content : Hash(root, f[9], block);
            if (file && f[6] != "1" && !known)
            {
                first = linked[f[5]] = (name, content);
            }

            print._entries.Add(name, new TreeEntry(f[0][0], f[1], f[2], f[0] == "d" ? 0 : Number(f[3]), Nanoseconds(f[4]), content, file && f[6] != "1" ? first.Name : "")
            {
                AllocatedBytes = Number(f[7]) * 512,
            });
        }

        return print;
    }

    /// <summary>Fails with the first few differences. What is restored may take a little more room than the original (rounding of holes to blocks), never much
    /// more.</summary>
    public void AssertSame(TreePrint actual, string what)
    {
        string[] different = [.. Differences(actual).Take(8)];
        Assert.True(different.Length == 0, $"{what}: {string.Join("\n", different)}");
    }

    public bool IsSame(TreePrint actual) => !Differences(actual).Any();

    public IEnumerable<string> Differences(TreePrint actual)
    {
        foreach ((string path, TreeEntry entry) in _entries)
        {
            if (!actual._entries.TryGetValue(path, out TreeEntry? other))
            {
                yield return $"'{path}' is missing";
            }
            else if (!entry.IsSame(other))
            {
                yield return $"'{path}' was {entry} and is {other}";
            }
            else if (other.AllocatedBytes > entry.AllocatedBytes + 65536)
            {
                yield return $"'{path}' takes {other.AllocatedBytes} bytes and took {entry.AllocatedBytes}";
            }
        }

        foreach (string path in actual._entries.Keys.Where(p => !_entries.ContainsKey(p)))
        {
            yield return $"'{path}' should not be there";
        }
    }

    private static async Task<List<string[]>> FindAsync(string root)
    {
        using Process find = Process.Start(new ProcessStartInfo("find", [root, "-printf", Fields]) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.Latin1 })!;
        string all = await find.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await find.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, find.ExitCode);
        string[] fields = all.Split('\0');
        Assert.Equal(1, fields.Length % FieldCount);
        return [.. fields.Take(fields.Length - 1).Chunk(FieldCount)];
    }

    /// <summary>Independent of where holes lie: blocks of zeros and holes count the same.</summary>
    private static string Hash(string root, string name, byte[] block)
    {
        int file = LinuxCalls.OpenRead([.. Encoding.UTF8.GetBytes(root), (byte)'/', .. Encoding.Latin1.GetBytes(name), 0]);
        try
        {
            XxHash128 hash = new();
            Span<byte> at = stackalloc byte[8];
            long offset = 0;
            while ((offset = LinuxCalls.NextData(file, offset)) >= 0)
            {
                offset -= offset % BlockBytes;
                int got = LinuxCalls.ReadAt(file, block, offset);
                if (block.AsSpan(0, got).ContainsAnyExcept((byte)0))
                {
                    BitConverter.TryWriteBytes(at, offset);
                    hash.Append(at);
                    hash.Append(block.AsSpan(0, got));
                }

                if (got < BlockBytes)
                {
                    break;
                }

                offset += BlockBytes;
            }

            return Convert.ToHexStringLower(hash.GetCurrentHash());
        }
        finally
        {
            LinuxCalls.Close(file);
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>find prints one digit more than there are.</summary>
    private static string Nanoseconds(string text) => text.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? text[..Math.Min(text.Length, dot + 10)] : text;
}
