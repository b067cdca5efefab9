using System.Text.RegularExpressions;
using Conn.Testing.Traces;
using Xunit;

namespace Conn.Simulation;

/// <summary>What the documentation says is looked at is what is looked at.</summary>
public sealed partial class InvariantListTests
{
    [Fact]
    public void The_guarantees_list_exactly_the_invariants_of_the_code()
    {
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "guarantees.md"));
        string section = page[page.IndexOf("## What simulated runs are checked against", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", StringComparison.Ordinal)];
        IEnumerable<string> listed = Row().Matches(section).Select(m => $"{m.Groups[1].Value}: {m.Groups[2].Value}").Skip(1);

        Assert.Equal(Enum.GetValues<Invariant>().Select(i => $"{i}: {Invariants.Sentence(i)}").Order(), listed.Order());
    }

    [Fact]
    public void No_two_invariants_say_the_same() =>
        Assert.Equal(Enum.GetValues<Invariant>().Length, Enum.GetValues<Invariant>().Select(Invariants.Sentence).Distinct().Count());

    private static string Root()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Conn.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("Run from inside the repository.");
    }

    [GeneratedRegex(@"^\| (\w+) \| (.+?) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
