using System.Globalization;

namespace Conn.Cli.Hosting;

/// <summary>The files that the process may have open at once. With too few of them the runtime cannot load its own parts, and fails anywhere.</summary>
internal static class Descriptors
{
    /// <summary>The error number for a process that may open no further file; the same on all supported systems.</summary>
    public const int TooManyOpenFiles = 24;

    private const int Needed = 256;
    private const string Limits = "/proc/self/limits";
    private const string Line = "Max open files";

    /// <summary>Gets how many files the process may have open at once; null when there is no limit, or it is unknown.</summary>
    public static int? Limit()
    {
        string? line = File.Exists(Limits) ? File.ReadLines(Limits).FirstOrDefault(static l => l.StartsWith(Line, StringComparison.Ordinal)) : null;
        string? soft = line?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) ? limit : null;
    }

    /// <summary>Checks the limit before anything is begun; returns what to do when it is too low, else null.</summary>
    public static string? TooFew() => Limit() is { } limit && limit < Needed
        ? $"This process may have {limit} files open at once, and {Needed} are needed; raise the limit (ulimit -n {Needed}) and run again."
        : null;
}
