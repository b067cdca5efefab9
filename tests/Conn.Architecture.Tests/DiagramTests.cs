using System.Text.RegularExpressions;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;
using Xunit;

namespace Conn.Architecture.Tests;

/// <summary>The diagrams in the docs are the tables, redrawn. CONN_ACCEPT_DIAGRAMS=1 writes them anew.</summary>
public sealed partial class DiagramTests
{
    [Fact]
    public void The_diagrams_in_the_docs_are_those_of_the_tables()
    {
        string file = Path.Combine(SourceTree.Root, "docs", "protocol.md");
        string before = File.ReadAllText(file);
        Dictionary<string, string> tables = new()
        {
            [BurModeTable.Instance.Name] = BurModeTable.Instance.ToMermaid(),
            [ReadinessTable.Instance.Name] = ReadinessTable.Instance.ToMermaid(),
            [OwnerCallRules.Machine.Name] = OwnerCallRules.ToMermaid(),
        };
        List<string> seen = [];
        string after = Block().Replace(before, m =>
        {
            seen.Add(m.Groups[1].Value);
            return $"<!-- {m.Groups[1].Value} -->\n```mermaid\n{tables[m.Groups[1].Value]}```\n<!-- end -->";
        });

        if (Environment.GetEnvironmentVariable("CONN_ACCEPT_DIAGRAMS") == "1")
        {
            File.WriteAllText(file, after);
        }

        Assert.Equal(tables.Keys.Order(), seen.Order());
        Assert.Equal(after, File.ReadAllText(file));
    }

    [GeneratedRegex(@"<!-- (BurModeMachine|ReadinessMachine|OwnerOrder) -->\n```mermaid\n[\s\S]*?```\n<!-- end -->")]
    private static partial Regex Block();
}
