namespace Conn.DataOwners.Directory;

/// <summary>What the options of a directory owner must be. Looks at no file.</summary>
internal static class OptionRules
{
    private const int MaxPatternLength = 1000;

    /// <exception cref="ArgumentException">An option that cannot be, named with the reason.</exception>
    internal static void Check(DirectoryOwnerOptions options)
    {
        if (options.OtherPlaces.FirstOrDefault(static path => !System.IO.Path.IsPathRooted(path)) is { } relative)
        {
            throw new ArgumentException($"The place '{relative}' of another owner is not an absolute path.", nameof(options));
        }

        if (options.ExcludeIfPresent.FirstOrDefault(static name => name is "" or "." or ".." || name.Contains('/', StringComparison.Ordinal)) is { } marker)
        {
            throw new ArgumentException($"'{marker}' is no name of a marker file: a name without a slash is expected.", nameof(options));
        }

        if (options.Exclude.FirstOrDefault(static pattern => pattern.Length > MaxPatternLength) is { } longer)
        {
            // The library refuses it too, after it has used a hundred megabytes to find that out.
            throw new ArgumentException($"An exclude pattern is too long: it has {longer.Length} characters, at most {MaxPatternLength} are possible.", nameof(options));
        }

        try
        {
            _ = new Exclusions(options);
        }
        catch (NotSupportedException tooLong)
        {
            throw new ArgumentException($"An exclude pattern is too long: {tooLong.Message}", nameof(options), tooLong);
        }
    }
}
