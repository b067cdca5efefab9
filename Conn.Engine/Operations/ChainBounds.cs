using System.Globalization;
using Conn.ActiveBackup;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Decides whether one more increment would make a chain longer than its owner's limits allow.</summary>
internal static class ChainBounds
{
    /// <summary>Increments of fewer stored bytes are not compared with their base.</summary>
    private const long LeastIncrementBytes = 1 << 20;

    /// <summary>Finds the limit that a chain has reached.</summary>
    /// <param name="limits">The limits of the owner.</param>
    /// <param name="chain">The chain that would be continued, base first.</param>
    /// <param name="age">The age of the set of the base.</param>
    /// <returns>The limit as a sentence, or null if the chain may be continued.</returns>
    public static string? Reached(ChainLimits limits, IReadOnlyList<OwnerPart> chain, TimeSpan age) =>
        Reached(limits, chain[0].Set, [.. chain.Select(static part => part.StoredBytes)], age);

    /// <summary>Finds the limit that a chain has reached, by the stored bytes of its parts, base first.</summary>
    public static string? Reached(ChainLimits limits, SetId first, IReadOnlyList<long> storedBytes, TimeSpan age)
    {
        int increments = storedBytes.Count - 1;
        long bytes = storedBytes.Skip(1).Sum();
        return increments >= limits.MaxIncrements ? Text($"The chain of the base in set {first} has {increments} increments; a base follows after {limits.MaxIncrements}.")
            : bytes >= LeastIncrementBytes && bytes > (decimal)storedBytes[0] * limits.MaxPercent / 100
                ? Text($"The increments since the base in set {first} have {bytes} bytes, which is more than {limits.MaxPercent} % of its {storedBytes[0]}.")
            : age >= limits.MaxAge ? Text($"The base in set {first} is {age.TotalDays:0} days old; a base follows after {limits.MaxAge.TotalDays:0.##} days.")
            : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
