using System.Text.RegularExpressions;
using Xunit;

namespace Conn.Architecture.Tests;

public sealed partial class SourceTests
{
    private const int MaxLines = 400;

    [Fact]
    public void No_source_file_is_longer_than_400_lines()
    {
        IEnumerable<string> tooLong = SourceTree.Sources("*.cs").Where(f => File.ReadLines(f).Count() > MaxLines).Select(Relative);
        SourceTree.AssertNone(tooLong);
    }

    [Fact]
    public void A_file_holds_one_public_type_and_is_named_after_it()
    {
        List<string> wrong = [];
        foreach (string file in SourceTree.Sources("*.cs"))
        {
            List<string> types = [.. PublicType().Matches(File.ReadAllText(file)).Select(m => m.Groups["name"].Value)];
            string stem = Path.GetFileName(file).Split('.')[0];
            if (types.Distinct(StringComparer.Ordinal).Count() > 1 || (types.Count > 0 && types[0] != stem))
            {
                wrong.Add($"{Relative(file)} holds {string.Join(", ", types)}");
            }
        }

        SourceTree.AssertNone(wrong);
    }

    [Fact]
    public void A_namespace_is_the_path_of_its_file()
    {
        List<string> wrong = [];
        foreach (string file in SourceTree.Sources("*.csproj").SelectMany(p => SourceTree.Sources("*.cs", Path.GetRelativePath(SourceTree.Root, Path.GetDirectoryName(p)!))))
        {
            Match written = Namespace().Match(File.ReadAllText(file));
            if (!written.Success)
            {
                continue;
            }

            string[] path = Relative(file).Split('/');
            int project = path[0] is "tests" or "samples" or "benchmarks" or "eng" ? 1 : 0;
            string expected = string.Join('.', path[project..^1]);
            if (written.Groups["name"].Value != expected)
            {
                wrong.Add($"{Relative(file)}: {written.Groups["name"].Value} instead of {expected}");
            }
        }

        SourceTree.AssertNone(wrong);
    }

    [Fact]
    public void No_region_no_todo_and_no_block_namespace()
    {
        IEnumerable<string> wrong = SourceTree.Sources("*.cs")
            .Where(f => !f.EndsWith("SourceTests.cs", StringComparison.Ordinal) && Unwanted().IsMatch(File.ReadAllText(f)))
            .Select(Relative);
        SourceTree.AssertNone(wrong);
    }

    private static string Relative(string file) => Path.GetRelativePath(SourceTree.Root, file).Replace('\\', '/');

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|partial|readonly|unsafe|ref) )*(?:record struct|record class|record|class|struct|interface|enum|delegate [^\n(]*?) ?(?<name>\w+)(?=[\s<(:;{]|$)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^\s*#region|//\s*TODO|^namespace [\w.]+\s*\r?\n\{", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Unwanted();
}
