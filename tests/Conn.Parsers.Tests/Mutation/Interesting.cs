namespace Conn.Parsers.Tests.Mutation;

/// <summary>Values at which parsers go wrong.</summary>
internal static class Interesting
{
    private static readonly long[] Bounds =
    [
        0, 1, 25, 26, 48, 64, 127, 255, 256, 512, 4095, 4096, 8192, 10_001, 65_535, 65_536, 200_000, 600_000, 1 << 20, 1 << 24, 64 << 20,
        int.MaxValue, uint.MaxValue, 1L << 40, 1L << 50, long.MaxValue, DateTimeOffset.MaxValue.Ticks,
    ];

    private static readonly string[] Texts =
    [
        "", " ", "\0", "/", "..", "../x", "a/b", "\u202e", "\ud83d\ude00", "\ufffd", "\n", "20261123T001122Z-6f3a9c01", "20261323T001122Z-6f3a9c01", "00000001", "$schema", "directory",
        "sqlite", "command", "remote", "/dev/null", "/tmp", "C", "0x1", "0xFFFFFFFFF", "*/5 * * * *", "Europe/Berlin", "1e999", "-1", "system.posix_acl_access", "user.x",
    ];

    /// <summary>Gets a number at a bound, near one, or negative.</summary>
    public static long Number(Random random)
    {
        long bound = Bounds[random.Next(Bounds.Length)];
        return random.Next(4) switch { 0 => bound, 1 => unchecked(bound + 1), 2 => bound - 1, _ => -bound };
    }

    /// <summary>Gets a text that is special, or as long as a bound.</summary>
    public static string Text(Random random) => random.Next(4) switch
    {
        0 => new string((char)random.Next(1, 0xD800), random.Next(1, 300)),
        1 when random.Next(8) == 0 => new string('x', random.Next(3) switch { 0 => 256, 1 => 4096, _ => 8192 } + random.Next(2)),
        _ => Texts[random.Next(Texts.Length)],
    };
}
