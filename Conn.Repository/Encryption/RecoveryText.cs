using System.Numerics;
using System.Security.Cryptography;

namespace Conn.Repository.Encryption;

/// <summary>A recovery key as text: 160 bits and 20 bits of their SHA-256 in Crockford's base 32, in groups of four.</summary>
internal static class RecoveryText
{
    public const int SecretBytes = 20;
    private const int Digits = 36;
    private const int GroupLength = 4;
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public static string Write(ReadOnlySpan<byte> secret)
    {
        BigInteger number = (new BigInteger(secret, isUnsigned: true, isBigEndian: true) << 20) + Check(secret);
        char[] digits = new char[Digits];
        for (int i = Digits - 1; i >= 0; i--)
        {
            digits[i] = Alphabet[(int)(number & 31)];
            number >>= 5;
        }

        return string.Join('-', digits.Chunk(GroupLength).Select(static group => new string(group)));
    }

    public static bool TryRead(string text, out byte[] secret)
    {
        secret = new byte[SecretBytes];
        BigInteger number = 0;
        int digits = 0;
        foreach (char typed in text)
        {
            if (typed is '-' || char.IsWhiteSpace(typed))
            {
                continue;
            }

            int digit = Alphabet.IndexOf(char.ToUpperInvariant(typed) switch { 'O' => '0', 'I' or 'L' => '1', var other => other });
            if (digit < 0 || ++digits > Digits)
            {
                return false;
            }

            number = (number << 5) + digit;
        }

        byte[] bytes = (number >> 20).ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(secret, SecretBytes - bytes.Length);
        return digits == Digits && Check(secret) == (int)(number & 0xFFFFF);
    }

    private static int Check(ReadOnlySpan<byte> secret)
    {
        byte[] hash = SHA256.HashData(secret);
        return (hash[0] << 12) | (hash[1] << 4) | (hash[2] >> 4);
    }
}
