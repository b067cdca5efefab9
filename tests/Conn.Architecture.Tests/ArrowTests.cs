using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace Conn.Architecture.Tests;

public sealed class ArrowTests
{
    // What source generators of the platform put beside a project's own types, and the shared source.
    private static readonly string[] Generated =
    [
        "System.Text.RegularExpressions.Generated", "System.Runtime.CompilerServices", "Microsoft.CodeAnalysis", "StreamJsonRpc.Generated", "PolyType.SourceGenerator", SourceTree.SharedSource,
    ];

    // Projects whose namespaces still depend on each other in both directions.
    private static readonly string[] StillCyclic = ["Conn.PubSub", "Conn.Repository", "Conn.Cli"];

    public static TheoryDataOfNames Projects => SourceTree.Projects;

    [Fact]
    public void Every_project_has_its_arrows_written_down()
    {
        IEnumerable<string> projects = Directory.EnumerateDirectories(SourceTree.Root, "Conn.*").Select(d => Path.GetFileName(d)!).Where(r => File.Exists(SourceTree.ProjectFile(r)));
        Assert.Equal(SourceTree.Arrows.Keys.Order(StringComparer.Ordinal), projects.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_file_references_exactly_the_projects_its_arrows_name(string project)
    {
        IEnumerable<string> referenced = SourceTree.ProjectReferences(SourceTree.ProjectFile(project)).Where(r => r.StartsWith("Conn.", StringComparison.Ordinal));
        Assert.Equal(SourceTree.Arrows[project].Order(StringComparer.Ordinal), referenced.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void An_assembly_references_only_projects_its_arrows_reach(string project)
    {
        HashSet<string> reach = SourceTree.Reach(project);
        IEnumerable<string> referenced = SourceTree.AssemblyOf(project).GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Conn.", StringComparison.Ordinal) || n == "conn");
        SourceTree.AssertNone(referenced.Where(r => !reach.Contains(r)));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_type_of_a_project_lives_in_the_projects_namespace(string project)
    {
        IEnumerable<string> strangers = SourceTree.AssemblyOf(project).GetTypes()
            .Where(t => !t.IsNested && t.GetCustomAttribute<CompilerGeneratedAttribute>() is null && !t.Name.StartsWith('<'))
            .Where(t => t.FullName != "Program" && !Generated.Any(g => (t.Namespace ?? string.Empty).StartsWith(g, StringComparison.Ordinal)))
            .Where(t => t.Namespace != SourceTree.RootNamespace(project) && !(t.Namespace ?? string.Empty).StartsWith(project + ".", StringComparison.Ordinal))
            .Select(t => t.FullName!);
        SourceTree.AssertNone(strangers);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_of_a_project_depend_on_each_other_in_one_direction_only(string project)
    {
        IReadOnlyList<string> cyclic = NamespaceGraph.Of(project).Cyclic();
        if (StillCyclic.Contains(project))
        {
            Assert.True(cyclic.Count > 0, $"{project} has no cycle any more: take it off the list.");
            return;
        }

        SourceTree.AssertNone(cyclic);
    }

    [Fact]
    public void Only_tests_samples_and_benchmarks_reference_Testing()
    {
        IEnumerable<string> users = SourceTree.Sources("*.csproj")
            .Where(p => SourceTree.ProjectReferences(p).Contains("Conn.Testing"))
            .Select(p => Path.GetRelativePath(SourceTree.Root, p).Replace('\\', '/').Split('/')[0]);
        SourceTree.AssertNone(users.Except(["tests", "samples", "benchmarks"]));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(SourceTree.Root, "Conn.sln"));
        IEnumerable<string> absent = SourceTree.Sources("*.csproj").Select(p => Path.GetFileName(p)).Where(n => !solution.Contains(n, StringComparison.Ordinal));
        SourceTree.AssertNone(absent);
    }
}
