using System.Globalization;
using Xunit;

namespace Conn.Parsers.Tests;

/// <summary>The campaign: CONN_FUZZ_SECONDS for each parser, from seed CONN_SEED. CONN_FUZZ_PARSERS names some of them, with commas between; CONN_FUZZ_KEPT a folder for the
/// inputs that are kept, CONN_FUZZ_FOUND one for those that escape.</summary>
public sealed class ParserFuzz
{
    private const int Slice = 20;

    [Fact(Explicit = true)]
    public void Every_parser_takes_or_refuses_what_it_is_given()
    {
        int seconds = Number("CONN_FUZZ_SECONDS", 20);
        string[] chosen = Environment.GetEnvironmentVariable("CONN_FUZZ_PARSERS")?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
        FuzzRun[] runs = [.. AllParsers.Create().Where(p => chosen.Length == 0 || chosen.Contains(p.Name)).Select(p => new FuzzRun(p, Number("CONN_SEED", 1)))];
        foreach (FuzzRun run in runs)
        {
            foreach (byte[] input in KeptInputs.Of(run.Parser))
            {
                run.Add(input);
            }
        }

        // In turns, so that all have had the same time whenever the campaign ends.
        for (int done = 0; done < seconds; done += Slice)
        {
            foreach (FuzzRun run in runs)
            {
                run.Run(TimeSpan.FromSeconds(Math.Min(Slice, seconds - done)));
            }

            Report(runs, Math.Min(seconds, done + Slice));
        }

        Assert.True(runs.All(static run => run.Escapes.Count == 0), string.Join("\n\n", runs.SelectMany(static run => run.Escapes)));
    }

    private static void Report(FuzzRun[] runs, int seconds)
    {
        Console.WriteLine($"{TimeProvider.System.GetUtcNow():u}: {seconds} seconds for each parser");
        foreach (FuzzRun run in runs)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{run.Parser.Name,-22} {run.Executions,11} executions, {run.Accepted,10} accepted, {run.Branches,5} branches, {run.Kept.Count,5} kept, {run.MostAllocated / 1024,6} KiB at most, {run.Escapes.Count} escapes"));
            foreach (string escape in run.Escapes)
            {
                Console.WriteLine(escape);
            }

            if (Environment.GetEnvironmentVariable("CONN_FUZZ_KEPT") is { } folder)
            {
                KeptInputs.Write(folder, run.Parser, run.Kept);
            }
        }
    }

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
