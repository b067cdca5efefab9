using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Conn.PubSub.Security;

namespace Conn.Cli.Owners;

/// <summary>The names owners may have on the command line, and the id that follows from a name.</summary>
internal static partial class OwnerName
{
    /// <exception cref="UsageException">The name is illegal.</exception>
    public static string Check(string name) => Legal().IsMatch(name) ? name : throw new UsageException(
        $"'{name}' is not a legal owner name: 1 to 64 of A-Z a-z 0-9 . _ - with a letter or digit first.");

    /// <summary>The id of an owner without a configured one. Frozen in docs/cli.md: stored sets are found by it.</summary>
    public static SecureId SidOf(string name)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        uint value = BinaryPrimitives.ReadUInt32BigEndian(hash);
        return new SecureId(value == 0 ? 1 : value);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Legal();
}
