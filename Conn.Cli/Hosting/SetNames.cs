using Conn.Cli.Usage;
using Conn.Repository.Sets;

namespace Conn.Cli.Hosting;

/// <summary>The names of sets on a command line.</summary>
internal static class SetNames
{
    /// <summary>Finds sets by name, and guesses at mistyped words.</summary>
    public static SetChoice In(SetList sets) => new(sets) { Suggest = static word => Nearest.Of(word, [SetChoice.Latest]) };
}
