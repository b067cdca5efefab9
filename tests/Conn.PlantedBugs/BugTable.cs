using System.Globalization;

namespace Conn.PlantedBugs;

/// <summary>The command: runs suites and simulation against the correct owner and against each planted bug, and prints what they found.</summary>
internal static class BugTable
{
    private const int Seeds = 100;

    /// <summary>Prints two lines for each bug: how many tests and seeds found it, and the first line of the first failure.</summary>
    /// <param name="output">Where to.</param>
    /// <returns>0 if the correct owner passes and every bug is found; else 1.</returns>
    public static async Task<int> PrintAsync(TextWriter output)
    {
        PlantedBug[] bugs = Enum.GetValues<PlantedBug>();
        List<Finding> findings = [];
        foreach (PlantedBug bug in bugs)
        {
            Finding finding = await BugHunt.RunAsync(bug, Seeds, stopAtFirst: false);
            findings.Add(finding);
            await output.WriteLineAsync(Line(finding));
            await output.WriteLineAsync($"    {finding.FirstFailure?.Split('\n')[0] ?? "nothing found"}");
        }

        bool isCorrectPassed = findings[0].FirstFailure is null;
        if (!isCorrectPassed)
        {
            await output.WriteLineAsync($"The correct owner fails:\n{findings[0].FirstFailure}");
        }

        int found = findings.Skip(1).Count(f => f.FirstFailure is not null);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{found} of {bugs.Length - 1} planted bugs found"));
        return isCorrectPassed && found == bugs.Length - 1 ? 0 : 1;
    }

    private static string Line(Finding finding)
    {
        string name = finding.Bug == PlantedBug.None ? "(no bug)" : finding.Bug.ToString();
        string skipped = finding.TestsSkipped == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({finding.TestsSkipped} not run)");
        return string.Create(CultureInfo.InvariantCulture,
            $"{name,-20} {finding.TestsFailed,3} of {finding.Tests} tests{skipped}, {finding.SeedsFailed,3} of {finding.Seeds} seeds");
    }
}
