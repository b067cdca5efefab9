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
    /// <param name="baseTime">The time of the set of the base.</param>
    /// <param name="now">The current time.</param>
    /// <returns>The limit as a sentence, or null if the chain may be continued.</returns>
    public static string? Reached(ChainLimits limits, IReadOnlyList<OwnerPart> chain, DateTimeOffset baseTime, DateTimeOffset now)
    {
        int increments = chain.Count - 1;
        long bytes = chain.Skip(1).Sum(static part => part.StoredBytes);
        SetId first = chain[0].Set;
        return increments >= limits.MaxIncrements ? Text($"The chain of the base in set {first} has {increments} increments; a base follows after {limits.MaxIncrements}.")
            : bytes >= LeastIncrementBytes && bytes > (Int128)chain[0].StoredBytes * limits.MaxPercent / 100
                ? Text($"The increments since the base in set {first} have {bytes} bytes, which is more than {limits.MaxPercent} % of its {chain[0].StoredBytes}.")
            : now - baseTime >= limits.MaxAge ? Text($"The base in set {first} is {(now - baseTime).TotalDays:0} days old; a base follows after {limits.MaxAge.TotalDays:0.##} days.")
            : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
