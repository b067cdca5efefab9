using Xunit;

namespace Conn.Architecture.Tests;

/// <summary>Names, one test case each.</summary>
public sealed class TheoryDataOfNames : TheoryData<string>
{
    public TheoryDataOfNames(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            Add(name);
        }
    }
}
