using Conn.DataOwners;

namespace Conn.Cli.Verbs;

/// <summary>What <c>conn restore --path</c> or <c>--overwrite</c> was asked for.</summary>
/// <param name="Restore">What every restore is asked for; <c>To</c> is given.</param>
/// <param name="Paths">The paths as they were written; empty for everything.</param>
/// <param name="Overwrite">What becomes of what exists; null if the target must be new or empty.</param>
internal sealed record PathArguments(RestoreArguments Restore, string[] Paths, ContentOverwrite? Overwrite);
