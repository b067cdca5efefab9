using Conn.Repository.Compression;
using Xunit;

namespace Conn.Repository.Tests.Compression;

/// <summary>What a repository asks of a codec of Zstandard, whatever it is made of.</summary>
public abstract class ZstdCodecContract
{
    private const int Length = 1 << 20;

    private protected abstract ZstdCodec Create(int level);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Length)]
    public void What_is_compressed_comes_back(int length)
    {
        using ZstdCodec codec = Create(1);
        byte[] plain = Text(length);
        byte[] stored = Compress(codec, plain);
        byte[] back = new byte[length];
        Assert.True(codec.TryDecompress(stored, back, out int written));
        Assert.Equal(length, written);
        Assert.Equal(plain, back);
    }

    [Fact]
    public void What_one_codec_compresses_each_other_decompresses()
    {
        byte[] plain = Text(Length);
        using ZstdCodec mine = Create(3);
        using ZstdCodec managed = new ManagedZstd(3);
        using ZstdCodec fastest = ZstdCodec.Create(3);
        foreach (ZstdCodec other in (ZstdCodec[])[managed, fastest])
        {
            byte[] back = new byte[Length];
            Assert.True(other.TryDecompress(Compress(mine, plain), back, out _));
            Assert.Equal(plain, back);
            Assert.True(mine.TryDecompress(Compress(other, plain), back, out _));
            Assert.Equal(plain, back);
        }
    }

    [Fact]
    public void Bytes_that_do_not_become_shorter_do_not_fit()
    {
        using ZstdCodec codec = Create(1);
        byte[] plain = new byte[Length];
        new Random(1).NextBytes(plain);
        Assert.False(codec.TryCompress(plain, new byte[Length - 1], out _));
        Assert.Equal(Text(Length), Back(codec, Compress(codec, Text(Length)), Length));
    }

    [Fact]
    public void A_frame_that_holds_more_than_the_target_is_refused_and_writes_nothing_behind_it()
    {
        using ZstdCodec codec = Create(1);
        byte[] bomb = Compress(codec, new byte[64 << 20]);
        byte[] target = new byte[Length + 1];
        target[Length] = 0xA5;
        Assert.False(codec.TryDecompress(bomb, target.AsSpan(0, Length), out _));
        Assert.Equal(0xA5, target[Length]);
    }

    [Fact]
    public void A_frame_that_was_changed_or_cut_is_refused_or_has_another_length_or_other_bytes_and_harms_nothing()
    {
        using ZstdCodec codec = Create(1);
        byte[] plain = Text(8 << 10);
        byte[] stored = Compress(codec, plain);
        byte[] target = new byte[plain.Length];
        for (int i = 0; i < stored.Length; i++)
        {
            Assert.False(codec.TryDecompress(stored.AsSpan(0, i), target, out int written) && written == plain.Length);
            byte[] changed = [.. stored];
            changed[i] ^= 0x10;
            Assert.InRange(codec.TryDecompress(changed, target, out written) ? written : 0, 0, target.Length);
        }

        Assert.Equal(plain, Back(codec, stored, plain.Length));
    }

    private static byte[] Text(int length)
    {
        Random random = new(7);
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++)
        {
            text[i] = (byte)('a' + (random.Next(26) & random.Next(26)));
        }

        return text;
    }

    private static byte[] Compress(ZstdCodec codec, byte[] plain)
    {
        byte[] target = new byte[plain.Length + (plain.Length / 8) + 512];
        Assert.True(codec.TryCompress(plain, target, out int written));
        return target[..written];
    }

    private static byte[] Back(ZstdCodec codec, byte[] stored, int length)
    {
        byte[] back = new byte[length];
        Assert.True(codec.TryDecompress(stored, back, out int written));
        return back[..written];
    }
}
