using System.Globalization;

namespace Conn.PubSub;

/// <summary>The name of a property: a category and a key. A flat space; any pair may be named, defined or not.</summary>
/// <param name="Category">Who the property belongs to; by rule the secure id of its definer. Any 32-bit value.</param>
/// <param name="Key">Which of the category's properties. Any 32-bit value.</param>
/// <remarks>Source: the (category, key) pair of RProperty.</remarks>
public readonly record struct PropertyName(uint Category, uint Key)
{
    /// <summary>In Define and Delete only: stands for the caller's own secure id (0xFFFFFFFF). Elsewhere it is taken literally.</summary>
    public const uint OwnCategory = 0xFFFFFFFF;

    /// <summary>Both numbers in hexadecimal.</summary>
    /// <returns>For example <c>0x101F75B6/0x10202792</c>.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Category:X8}/0x{Key:X8}");
}
