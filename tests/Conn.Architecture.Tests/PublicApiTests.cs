using System.Reflection;
using PublicApiGenerator;
using Xunit;

namespace Conn.Architecture.Tests;

/// <summary>The public surface of every package, word for word, in Approved/. To accept a change: <c>CONN_ACCEPT_API=1</c>, run these tests, review the
/// diff.</summary>
public sealed class PublicApiTests
{
    // The test attributes of the suites carry the place of the source on the machine that built them.
    private static readonly ApiGeneratorOptions Options = new()
    {
        IncludeAssemblyAttributes = false, ExcludeAttributes = ["Xunit.FactAttribute", "Xunit.TheoryAttribute"],
    };

    public static TheoryDataOfNames Packages => SourceTree.Libraries;

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_surface_is_the_approved_one(string package)
    {
        string surface = SourceTree.AssemblyOf(package).GeneratePublicApi(Options).ReplaceLineEndings("\n").TrimEnd() + "\n";
        string approved = Path.Combine(SourceTree.Root, "tests", "Conn.Architecture.Tests", "Approved", package + ".txt");
        if (Environment.GetEnvironmentVariable("CONN_ACCEPT_API") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(approved)!);
            File.WriteAllText(approved, surface);
        }

        string known = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : string.Empty;
        if (surface == known)
        {
            return;
        }

        string received = Path.Combine(SourceTree.Root, "artifacts", "api", package + ".received.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(received)!);
        File.WriteAllText(received, surface);
        Assert.Fail(
            $"The public surface of {package} is not the approved one.\n  approved: {approved}\n  received: {received}\n"
            + $"  first difference: {FirstDifference(known, surface)}\nIf it is meant, run these tests once with CONN_ACCEPT_API=1 and commit the file.");
    }

    [Fact]
    public void No_surface_is_approved_for_a_package_that_is_gone()
    {
        IEnumerable<string> files = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "tests", "Conn.Architecture.Tests", "Approved")).Select(f => Path.GetFileNameWithoutExtension(f)!);
        SourceTree.AssertNone(files.Except(SourceTree.Libraries.Select(r => r.Data)));
    }

    /// <summary>What an engine or a repository calls, an author implements with the token that comes; what a user calls needs none.</summary>
    [Theory]
    [MemberData(nameof(Packages))]
    public void A_token_that_a_user_gives_has_a_default(string package) => SourceTree.AssertNone(
        SourceTree.AssemblyOf(package).GetExportedTypes().Where(static t => !typeof(Delegate).IsAssignableFrom(t))
            .SelectMany(static t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(static m => !m.IsVirtual && m.GetParameters() is [.., { IsOptional: false } last] && last.ParameterType == typeof(CancellationToken))
            .Select(static m => $"{m.DeclaringType}.{m.Name}"));

    private static string FirstDifference(string known, string now)
    {
        string[] before = known.Split('\n');
        string[] after = now.Split('\n');
        int at = before.Zip(after).TakeWhile(p => p.First == p.Second).Count();
        return $"line {at + 1}: \"{before.ElementAtOrDefault(at)?.Trim()}\" became \"{after.ElementAtOrDefault(at)?.Trim()}\"";
    }
}
