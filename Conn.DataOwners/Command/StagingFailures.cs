using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Command;

/// <summary>Turns failures of the staging folder into failures of the owner, with the code of what the file system said.</summary>
internal static class StagingFailures
{
    public static async ValueTask<T> WithCodesAsync<T>(CommandOwnerOptions options, Func<ValueTask<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnException(FileFaults.Of(e).ToCode(), $"Owner {options.Name}: the staging folder {options.StagingFolder} failed: {e.Message}", e);
        }
    }

    public static async ValueTask WithCodesAsync(CommandOwnerOptions options, Func<ValueTask> work) => _ = await WithCodesAsync(options, async () =>
    {
        await work();
        return true;
    });
}
