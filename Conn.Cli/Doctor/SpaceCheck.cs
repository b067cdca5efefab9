using System.Globalization;
using Conn.Cli.Output;
using Conn.Repository.Sets;

namespace Conn.Cli.Doctor;

/// <summary>Whether the disk of the repository has room for the next base.</summary>
internal sealed class SpaceCheck : IDoctorCheck
{
    private const string About = "disk";
    private const string ToDo = "Make room on the disk, or use a larger one; the next backup may end with 75.";
    private const long LeastBytes = 100_000_000;
    private const long LeastFiles = 100;
    private const int LeastPercent = 5;

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined is { RepositoryPath: { } path, Repository: not null } ? [.. Judge(Space.Of(path), NewestBase(examined))] : []);

    internal static IEnumerable<Finding> Judge(Space space, long newestBaseBytes)
    {
        string free = $"{Sizes.Bytes(space.FreeBytes)} of {Sizes.Bytes(space.Bytes)} are free";
        yield return space.FreeBytes < LeastBytes ? Finding.Problem(About, $"Only {free}.", ToDo, ExitCode.TryLater)
            : space.FreeBytes < newestBaseBytes * 2
                ? Finding.Warning(About, $"{free}: less than twice the newest base, which has {Sizes.Bytes(newestBaseBytes)}.", ToDo)
            : IsLow(space.FreeBytes, space.Bytes) ? Finding.Warning(About, $"{free}: less than {LeastPercent} %.", ToDo)
            : Finding.Ok(About, $"{free}.");
        if (space.Files > 0)
        {
            string files = string.Create(CultureInfo.InvariantCulture, $"{space.FreeFiles} of {space.Files} files (inodes) are free");
            yield return space.FreeFiles < LeastFiles ? Finding.Problem(About, $"Only {files}.", ToDo, ExitCode.TryLater)
                : IsLow(space.FreeFiles, space.Files) ? Finding.Warning(About, $"{files}: less than {LeastPercent} %.", ToDo)
                : Finding.Ok(About, $"{files}.");
        }
    }

    private static bool IsLow(long free, long all) => free < all / 100.0 * LeastPercent;

    private static long NewestBase(Examination examined) => examined.Sets?.LastOrDefault(static s => s.Type == SetType.Base)?.StoredBytes ?? 0;
}
