using System.Collections.Frozen;
using System.Globalization;

namespace Conn;

/// <summary>The one table of names of known codes; it is the set of static members of <see cref="ErrorCode"/>.</summary>
internal static class ErrorCodeNames
{
    private static readonly FrozenDictionary<int, string> Names = typeof(ErrorCode)
        .GetProperties(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
        .Where(p => p.PropertyType == typeof(ErrorCode))
        .ToFrozenDictionary(p => ((ErrorCode)p.GetValue(null)!).Value, p => p.Name);

    private static readonly FrozenDictionary<string, int> Values = Names.ToFrozenDictionary(p => p.Value, p => p.Key);

    public static string NameOf(int value) =>
        Names.TryGetValue(value, out string? name) ? name : string.Create(CultureInfo.InvariantCulture, $"Code({value})");

    public static bool TryParse(string? name, out ErrorCode code)
    {
        code = ErrorCode.Success;
        if (name is null)
        {
            return false;
        }

        if (Values.TryGetValue(name, out int value))
        {
            code = new ErrorCode(value);
            return true;
        }

        if (name.StartsWith("Code(", StringComparison.Ordinal) && name.EndsWith(')')
            && int.TryParse(name.AsSpan(5, name.Length - 6), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
        {
            code = new ErrorCode(value);
            return true;
        }

        return false;
    }
}
