using System.Text.Json;

namespace Conn.Packages.Tests;

/// <summary>Which assemblies the packages bring that this clone was built with.</summary>
internal static class RestoredAssemblies
{
    // These reach every package that a library of Conn uses.
    private static readonly string[] Projects = ["Conn.Testing", "Conn.Cli", "Conn.Hosting"];

    private static readonly ILookup<string, string> Assemblies =
        Read().ToLookup(static a => a.Package, static a => a.Assembly, StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets the names of the assemblies of .NET itself, or of the shared framework that a package asks for.</summary>
    public static IEnumerable<string> OfTheFramework(string name)
    {
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string folder = runtime.Replace("Microsoft.NETCore.App", name, StringComparison.Ordinal);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.dll").Select(f => Path.GetFileNameWithoutExtension(f)) : [];
    }

    /// <summary>Gets the names of the assemblies that a package brings to those who reference it.</summary>
    public static IEnumerable<string> Of(string package) => Assemblies[package];

    private static IEnumerable<(string Package, string Assembly)> Read()
    {
        foreach (string project in Projects)
        {
            using JsonDocument assets = JsonDocument.Parse(Clone.Read("artifacts", "obj", project, "project.assets.json"));
            foreach (JsonProperty library in assets.RootElement.GetProperty("targets").GetProperty("net10.0").EnumerateObject())
            {
                if (library.Value.TryGetProperty("compile", out JsonElement compile))
                {
                    foreach (JsonProperty file in compile.EnumerateObject().Where(static f => f.Name.EndsWith(".dll", StringComparison.Ordinal)))
                    {
                        yield return (library.Name.Split('/')[0], Path.GetFileNameWithoutExtension(file.Name));
                    }
                }
            }
        }
    }
}
