using Xunit;

namespace Conn.Parsers.Tests;

/// <summary>In every run of the tests: the inputs that campaigns kept, and changes of them for a second for each parser.</summary>
public sealed class ParserFuzzTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Names => [.. AllParsers.Create().Select(static parser => parser.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_parser_takes_or_refuses_the_kept_inputs_and_changes_of_them(string name)
    {
        using FuzzRun run = new(AllParsers.Create().Single(parser => parser.Name == name), seed: 1);
        Assert.True(run.Accepted > 0, $"No example is legal: {run.LastRefusal}");
        foreach (byte[] input in KeptInputs.Of(run.Parser))
        {
            run.Add(input);
        }

        run.Run(Short);
        Assert.True(!Instrumentation.IsOn || run.Branches > 0, "The branches of the parser are not counted.");
        Assert.True(run.Escapes.Count == 0, string.Join("\n\n", run.Escapes));
    }
}
