using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace Conn.Architecture.Tests;

public sealed class ArrowTests
{
    // What source generators of the platform put beside a room's own types.
    private static readonly string[] Generated = ["System.Text.RegularExpressions.Generated", "System.Runtime.CompilerServices", "Microsoft.CodeAnalysis", "MessagePack"];

    public static TheoryDataOfNames Rooms => Lot.Rooms;

    [Fact]
    public void Every_room_has_its_arrows_written_down()
    {
        IEnumerable<string> rooms = Directory.EnumerateDirectories(Lot.Root, "Conn.*").Select(d => Path.GetFileName(d)!).Where(r => File.Exists(Lot.ProjectFile(r)));
        Assert.Equal(Lot.Arrows.Keys.Order(StringComparer.Ordinal), rooms.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_project_file_references_exactly_the_rooms_its_arrows_name(string room)
    {
        IEnumerable<string> referenced = Lot.ProjectReferences(Lot.ProjectFile(room)).Where(r => r.StartsWith("Conn.", StringComparison.Ordinal));
        Assert.Equal(Lot.Arrows[room].Order(StringComparer.Ordinal), referenced.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void An_assembly_references_only_rooms_its_arrows_reach(string room)
    {
        HashSet<string> reach = Lot.Reach(room);
        IEnumerable<string> referenced = Lot.AssemblyOf(room).GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Conn.", StringComparison.Ordinal) || n == "conn");
        Lot.AssertNone(referenced.Where(r => !reach.Contains(r)));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Every_type_of_a_room_lives_in_the_rooms_namespace(string room)
    {
        IEnumerable<string> strangers = Lot.AssemblyOf(room).GetTypes()
            .Where(t => !t.IsNested && t.GetCustomAttribute<CompilerGeneratedAttribute>() is null && !t.Name.StartsWith('<'))
            .Where(t => t.FullName != "Program" && !Generated.Any(g => (t.Namespace ?? string.Empty).StartsWith(g, StringComparison.Ordinal)))
            .Where(t => t.Namespace != room && !(t.Namespace ?? string.Empty).StartsWith(room + ".", StringComparison.Ordinal))
            .Select(t => t.FullName!);
        Lot.AssertNone(strangers);
    }

    [Fact]
    public void Only_tests_samples_and_benchmarks_reference_Testing()
    {
        IEnumerable<string> users = Lot.Sources("*.csproj")
            .Where(p => Lot.ProjectReferences(p).Contains("Conn.Testing"))
            .Select(p => Path.GetRelativePath(Lot.Root, p).Replace('\\', '/').Split('/')[0]);
        Lot.AssertNone(users.Except(["tests", "samples", "benchmarks"]));
    }

    [Fact]
    public void Every_project_but_the_facade_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(Lot.Root, "Conn.sln"));
        IEnumerable<string> absent = Lot.Sources("*.csproj").Select(p => Path.GetFileName(p)).Where(n => !solution.Contains(n, StringComparison.Ordinal));
        Lot.AssertNone(absent);
    }
}
