using Conn.Cli.Usage;
using Conn.Repository.Sets;

namespace Conn.Cli.Hosting;

/// <summary>The names of sets on a command line.</summary>
internal static class SetNames
{
    /// <summary>Finds sets by name, and guesses at mistyped words.</summary>
    public static SetChoice In(SetList sets) => new(sets) { Suggest = word => Nearest.Of(word, [SetChoice.Latest]) ?? OfOwner(sets, word) };

    /// <summary>An owner where a set is expected: the set was forgotten.</summary>
    private static string? OfOwner(SetList sets, string word) =>
        sets.Any(s => s.Parts.Any(p => word == p.Name || word.StartsWith(p.Name + ":", StringComparison.Ordinal))) ? $"{SetChoice.Latest} {word}" : null;
}
