using Conn.Engine.Proxies;
using Conn.PubSub.Security;
using CsCheck;
using Xunit;

namespace Conn.Engine.Tests;

public sealed class ProxyFrameTests
{
    private static readonly Gen<byte[][][]> Pieces = Gen.Byte.Array[0, 40].Array[1, 5].Array[1, 4];

    [Fact]
    public void The_data_of_managers_and_owner_comes_back_to_each_however_the_stream_is_cut() =>
        Gen.Select(Pieces, Gen.Byte.Array[0, 60], Gen.Bool, Gen.Int[1, 30].Array[1, 20]).Sample((managers, own, hasOwn, cuts) =>
        {
            byte[] stream = Encode(managers, hasOwn ? own : null);

            (byte[][] got, int[] lasts, byte[]? gotOwn) = Decode(stream, Sids(managers.Length), cuts);

            Assert.Equal(managers.Select(m => m.SelectMany(p => p).ToArray()), got);
            Assert.All(lasts, l => Assert.Equal(1, l));
            Assert.Equal(hasOwn ? own : null, gotOwn);
        });

    [Fact]
    public void A_stream_that_ends_in_the_data_of_managers_is_corrupt() =>
        Gen.Select(Pieces, Gen.Int[1, 1000], Gen.Int[1, 30].Array[1, 20]).Sample((managers, missing, cuts) =>
        {
            byte[] stream = Encode(managers, null);
            byte[] cut = stream[..^Math.Min(missing, stream.Length)];

            Assert.Equal(ErrorCode.Corrupt, Assert.Throws<DataOwnerException>(() => Decode(cut, Sids(managers.Length), cuts)).Code);
        });

    [Fact]
    public void Any_bytes_are_either_a_stream_or_corrupt() =>
        Gen.Select(Pieces, Gen.Int[0, 500], Gen.Byte, Gen.Int[1, 30].Array[1, 20]).Sample((managers, at, value, cuts) =>
        {
            byte[] stream = Encode(managers, [1, 2, 3]);
            stream[at % stream.Length] = value;
            try
            {
                (_, int[] lasts, _) = Decode(stream, Sids(managers.Length), cuts);
                Assert.All(lasts, l => Assert.Equal(1, l));
            }
            catch (DataOwnerException e)
            {
                Assert.Equal(ErrorCode.Corrupt, e.Code);
            }
        });

    [Fact]
    public void Managers_must_match_in_number_and_order()
    {
        byte[] stream = Encode([[[1]], [[2]]], null);

        Assert.Contains("2 managers, and 1", Assert.Throws<DataOwnerException>(() => Decode(stream, Sids(1), [5])).Message, StringComparison.Ordinal);
        Assert.Contains("in the order", Assert.Throws<DataOwnerException>(() => Decode(stream, [.. Sids(2).Reverse()], [5])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_after_the_managers_of_an_owner_that_gave_none_is_corrupt() =>
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<DataOwnerException>(() => Decode([.. Encode([[[1]]], null), 9], Sids(1), [100])).Code);

    [Fact]
    public void The_stored_bytes_are_those_of_the_protocol_page() => Assert.Equal(
        [0x43, 0x50, 0x58, 0x31, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0x60, 2, 0, 0, 0, 0, 0, 0, 0, 7, 8, 1, 0, 0, 0x60, 0, 0, 0, 0, 1, 0, 0, 0, 9],
        Encode([[[7, 8], []]], [9]));

    private static SecureId[] Sids(int count) => [.. Enumerable.Range(1, count).Select(i => new SecureId(0x60000000u + (uint)i))];

    /// <summary>As a backup does: an empty piece is written only when it is the last.</summary>
    private static byte[] Encode(byte[][][] managers, byte[]? own)
    {
        ProxyFrameEncoder encoder = new(managers.Length, own is not null);
        List<byte> stream = [];
        for (int m = 0; m < managers.Length; m++)
        {
            for (int p = 0; p < managers[m].Length; p++)
            {
                bool last = p == managers[m].Length - 1;
                if (managers[m][p].Length > 0 || last)
                {
                    stream.AddRange([.. encoder.Next(Sids(managers.Length)[m], managers[m][p].Length, last), .. managers[m][p]]);
                }
            }
        }

        return [.. stream, .. own ?? []];
    }

    private static (byte[][] Managers, int[] Lasts, byte[]? Own) Decode(byte[] stream, SecureId[] managers, int[] cuts)
    {
        ProxyFrameDecoder decoder = new("one", managers);
        List<byte>[] got = [.. managers.Select(_ => new List<byte>())];
        int[] lasts = new int[managers.Length];
        List<byte> own = [];
        for (int at = 0, cut = 0; at < stream.Length; cut++)
        {
            int length = Math.Min(cuts[cut % cuts.Length], stream.Length - at);
            ReadOnlyMemory<byte> input = stream.AsMemory(at, length);
            at += length;
            while (decoder.TryRead(ref input, out ProxyPiece piece))
            {
                Assert.Equal(0, lasts[piece.Manager]);
                Assert.True(piece.Last || !piece.Bytes.IsEmpty);
                got[piece.Manager].AddRange(piece.Bytes.Span);
                lasts[piece.Manager] += piece.Last ? 1 : 0;
            }

            own.AddRange(decoder.Own(input).Span);
        }

        decoder.End();
        return ([.. got.Select(g => g.ToArray())], lasts, decoder.OwnFollows ? [.. own] : null);
    }
}
