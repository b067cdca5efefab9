using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace Conn.Architecture.Tests;

/// <summary>The source tree this test program was built from, and the projects in it.</summary>
internal static class SourceTree
{
    /// <summary>Which projects a project may reference directly; the one place where the arrows are written down for the tests.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Arrows = new Dictionary<string, string[]>
    {
        ["Conn.Core"] = [],
        ["Conn.PubSub"] = ["Conn.Core"],
        ["Conn.PubSub.Extensions"] = ["Conn.PubSub"],
        ["Conn.ActiveBackup"] = ["Conn.PubSub"],
        ["Conn.Repository"] = ["Conn.Core"],
        ["Conn.DataOwners"] = ["Conn.ActiveBackup"],
        ["Conn.Ipc"] = ["Conn.ActiveBackup", "Conn.PubSub"],
        ["Conn.Engine"] = ["Conn.ActiveBackup", "Conn.Repository"],
        ["Conn.Hosting"] = ["Conn.Ipc", "Conn.Engine", "Conn.DataOwners"],
        ["Conn.Hosting.AspNetCore"] = ["Conn.Hosting"],
        ["Conn.Testing"] = ["Conn.Engine", "Conn.PubSub.Extensions"],
        ["Conn.Cli"] = ["Conn.Engine", "Conn.DataOwners", "Conn.Hosting", "Conn.Ipc"],
    };

    /// <summary>The folder whose source several projects compile. It has no project of its own.</summary>
    public const string SharedSource = "Conn.SystemCalls";

    private static readonly string[] NotSource = ["artifacts", "bin", "obj", ".git", ".vs", ".idea"];

    public static string Root { get; } = FindRoot();

    public static string Configuration { get; } = AppContext.BaseDirectory.Contains("release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";

    public static TheoryDataOfNames Projects => new(Arrows.Keys);

    /// <summary>The projects whose packages are referenced; the tool's package is installed instead, and no program compiles against it.</summary>
    public static TheoryDataOfNames Libraries => new(Arrows.Keys.Where(r => Says(r, "IsPackable") && !Says(r, "PackAsTool")));

    /// <summary>The namespace of a project's public face. Error codes are for all projects, and need no directive below Conn.</summary>
    public static string RootNamespace(string project) => project == "Conn.Core" ? "Conn" : project;

    public static string ProjectFile(string project) => Path.Combine(Root, project, project + ".csproj");

    /// <summary>The names of referenced projects, as the project file writes them.</summary>
    public static IEnumerable<string> ProjectReferences(string projectFile) => XDocument.Load(projectFile)
        .Descendants("ProjectReference")
        .Select(e => Path.GetFileNameWithoutExtension(e.Attribute("Include")!.Value.Replace('\\', '/')));

    public static Assembly AssemblyOf(string project) => Assembly.Load(project == "Conn.Cli" ? "conn" : project);

    /// <summary>A project and everything its arrows reach.</summary>
    public static HashSet<string> Reach(string project)
    {
        HashSet<string> reached = [project];
        foreach (string next in Arrows[project])
        {
            reached.UnionWith(Reach(next));
        }

        return reached;
    }

    /// <summary>All files below a folder of the tree that people write, as full paths.</summary>
    public static IEnumerable<string> Sources(string pattern, string folder = "")
    {
        string start = Path.Combine(Root, folder);
        foreach (string file in Directory.EnumerateFiles(start, pattern))
        {
            yield return file;
        }

        foreach (string below in Directory.EnumerateDirectories(start).Where(d => !NotSource.Contains(Path.GetFileName(d))))
        {
            foreach (string file in Sources(pattern, Path.GetRelativePath(Root, below)))
            {
                yield return file;
            }
        }
    }

    /// <summary>Fails with every offender named, one a line.</summary>
    public static void AssertNone(IEnumerable<string> offenders)
    {
        string all = string.Join("\n  ", offenders);
        Assert.True(all.Length == 0, $"These do not keep the rule:\n  {all}");
    }

    private static bool Says(string project, string property) => XDocument.Load(ProjectFile(project)).Descendants(property).Any(static e => e.Value == "true");

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
