using Conn.Testing.Simulation;

namespace Conn.PlantedBugs;

/// <summary>Looks for one bug with the suites and with the simulation.</summary>
internal static class BugHunt
{
    /// <summary>Runs every test and a number of seeds.</summary>
    /// <param name="bug">The bug.</param>
    /// <param name="seeds">The number of simulated runs.</param>
    /// <param name="stopAtFirst">True to stop at the first failure.</param>
    /// <param name="suites">False to leave out the suites.</param>
    /// <returns>What was found.</returns>
    public static async Task<Finding> RunAsync(PlantedBug bug, int seeds, bool stopAtFirst, bool suites = true)
    {
        (IReadOnlyList<string> failures, IReadOnlyList<string> skipped, int tests) = suites ? await SuiteRunner.RunAsync(bug, stopAtFirst) : ([], [], 0);
        List<SimulationResult> broken = [];
        int run = 0;
        for (; run < seeds && !(stopAtFirst && failures.Count + broken.Count > 0); run++)
        {
            SimulationResult result = BackupSimulation.Run(run, new SimulationOptions { MakeOwner = (_, _) => new(new NotebookSubject(bug)) });
            if (result.Violations.Count > 0)
            {
                broken.Add(result);
            }
        }

        string? first = failures.Count > 0 ? failures[0] : broken.Count > 0 ? broken[0].ToString() : null;
        return new Finding(bug, failures.Count, skipped.Count, tests, broken.Count, run, first);
    }
}
