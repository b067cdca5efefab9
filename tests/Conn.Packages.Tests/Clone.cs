namespace Conn.Packages.Tests;

/// <summary>The clone that this test program was built in.</summary>
internal static class Clone
{
    /// <summary>Gets the folder of Conn.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Gets the configuration of this test program; the packages are made of the same configuration.</summary>
    public static string Configuration { get; } = AppContext.BaseDirectory.Contains("release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";

    /// <summary>Reads a file of the clone.</summary>
    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Conn.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Conn.sln was not found above the test program.");
    }
}
