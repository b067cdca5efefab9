using System.Globalization;

namespace Conn.PubSub.Security;

/// <summary>The secure id (SID) of a component: the number under which it defines properties and owns data.</summary>
/// <param name="Value">Any 32-bit value; 0 means "none" and matches no policy.</param>
/// <remarks>Source: TSecureId.</remarks>
public readonly record struct SecureId(uint Value)
{
    /// <summary>The id of Conn's engine, the only one that may write the backup-or-restore key.</summary>
    public static SecureId Engine => new(0x10202D56);

    /// <summary>Eight hexadecimal digits after <c>0x</c>.</summary>
    /// <returns>For example <c>0x10202D56</c>.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:X8}");
}
