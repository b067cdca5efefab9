using System.Text.RegularExpressions;
using Xunit;

namespace Conn.Architecture.Tests;

/// <summary>The page of guarantees names the tests that guard each promise; each of them exists under that name.</summary>
public sealed partial class GuaranteeTests
{
    [Fact]
    public void Every_test_named_in_the_guarantees_exists()
    {
        string page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "guarantees.md"));
        string[] sources = [.. SourceTree.Sources("*.cs", "tests").Concat(SourceTree.Sources("*.cs", "Conn.Testing")).Select(File.ReadAllText)];
        HashSet<string> classes = [.. sources.SelectMany(s => Class().Matches(s)).Select(m => m.Groups["name"].Value)];
        HashSet<string> methods = [.. sources.SelectMany(s => TestMethod().Matches(s)).Select(m => m.Groups["name"].Value)];
        string[] namedClasses = [.. NamedClass().Matches(page).Select(m => m.Groups["name"].Value)];
        string[] namedMethods = [.. NamedMethod().Matches(page).Select(m => m.Groups["name"].Value)];

        Assert.True(namedClasses.Length > 20 && namedMethods.Length > 20, $"only {namedClasses.Length} classes and {namedMethods.Length} methods found");
        SourceTree.AssertNone(namedClasses.Where(c => !classes.Contains(c)).Concat(namedMethods.Where(m => !methods.Contains(m))).Distinct());
    }

    [GeneratedRegex(@"\bclass (?<name>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Class();

    [GeneratedRegex(@"\[(Fact|Theory)[^\n]*\n(\s*(\[|#|//)[^\n]*\n)*\s*public [\w<>. ]*\b(?<name>\w+)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"[`*](?<name>[A-Z]\w*(Tests|Contract))[`*]", RegexOptions.ExplicitCapture)]
    private static partial Regex NamedClass();

    [GeneratedRegex(@"`(?<name>[A-Z][A-Za-z]*_\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex NamedMethod();
}
