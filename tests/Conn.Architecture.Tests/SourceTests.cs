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
        IEnumerable<string> folders = SourceTree.Sources("*.csproj").Select(p => Path.GetRelativePath(SourceTree.Root, Path.GetDirectoryName(p)!));
        foreach (string file in folders.Append(SourceTree.SharedSource).SelectMany(f => SourceTree.Sources("*.cs", f)))
        {
            Match written = Namespace().Match(File.ReadAllText(file));
            if (!written.Success)
            {
                continue;
            }

            string[] path = Relative(file).Split('/');
            int project = path[0] is "tests" or "samples" or "benchmarks" or "eng" ? 1 : 0;
            string expected = string.Join('.', path[project..^1]).Replace("Conn.Core", "Conn", StringComparison.Ordinal);
            if (written.Groups["name"].Value != expected)
            {
                wrong.Add($"{Relative(file)}: {written.Groups["name"].Value} instead of {expected}");
            }
        }

        SourceTree.AssertNone(wrong);
    }

    [Fact]
    public void The_C_library_is_imported_by_the_shared_source_and_by_tests_only()
    {
        IEnumerable<string> wrong = SourceTree.Sources("*.cs")
            .Where(f => Path.GetRelativePath(SourceTree.Root, f).Split(Path.DirectorySeparatorChar)[0] is not (SourceTree.SharedSource or "tests"))
            .Where(f => Import().IsMatch(File.ReadAllText(f)))
            .Select(Relative);
        SourceTree.AssertNone(wrong);
    }

    /// <summary>Methods that touch one are not compiled ahead of time: the tool compiled them at each start. Hash128, or a decimal for sums, does as well.</summary>
    [Fact]
    public void No_library_and_no_tool_uses_a_128_bit_integer()
    {
        IEnumerable<string> wrong = SourceTree.Sources("*.cs")
            .Where(f => Path.GetRelativePath(SourceTree.Root, f).Split(Path.DirectorySeparatorChar)[0] is not ("tests" or "benchmarks" or "samples"))
            .Where(f => WideInteger().IsMatch(File.ReadAllText(f)))
            .Select(Relative);
        SourceTree.AssertNone(wrong);
    }

    [Fact]
    public void The_shared_source_declares_each_call_once_and_no_public_type()
    {
        List<string> files = [.. SourceTree.Sources("*.cs", SourceTree.SharedSource)];
        IEnumerable<string> twice = files.SelectMany(f => EntryPoint().Matches(File.ReadAllText(f)).Select(m => m.Groups["name"].Value))
            .GroupBy(n => n, StringComparer.Ordinal)
            .Where(g => g.Count() > 1)
            .Select(g => g.Key);
        SourceTree.AssertNone(twice);
        SourceTree.AssertNone(files.Where(f => PublicType().IsMatch(File.ReadAllText(f))).Select(Relative));
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

    [GeneratedRegex(@"\bU?Int128\b")]
    private static partial Regex WideInteger();

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|partial|readonly|unsafe|ref) )*(?:record struct|record class|record|class|struct|interface|enum|delegate [^\n(]*?) ?(?<name>\w+)(?=[\s<(:;{]|$)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"\[(?:Library|Dll)Import\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Import();

    [GeneratedRegex(@"EntryPoint = ""(?<name>\w+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex EntryPoint();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^\s*#region|//\s*TODO|^namespace [\w.]+\s*\r?\n\{", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Unwanted();
}
