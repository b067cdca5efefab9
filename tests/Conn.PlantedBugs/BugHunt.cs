using Conn.Testing.Simulation;

namespace Conn.PlantedBugs;

/// <summary>Looks for one bug with the suites and with the simulation.</summary>
internal static class BugHunt
{
    /// <summary>Runs every test and a number of seeds.</summary>
    /// <param name="bug">The bug.</param>
    /// <param name="seeds">The number of simulated runs.</param>
    /// <param name="stopAtFirst">True to stop at the first failure, and to leave out a suite that cannot find the bug.</param>
    /// <returns>What was found.</returns>
    public static async Task<Finding> RunAsync(PlantedBug bug, int seeds, bool stopAtFirst)
    {
        // A suite has no clock of its own: these two are for the simulation.
        (IReadOnlyList<string> failures, IReadOnlyList<string> skipped, int tests) =
            stopAtFirst && bug is PlantedBug.PoolThreads or PlantedBug.RealDelays ? ([], [], 0) : await SuiteRunner.RunAsync(bug, stopAtFirst);
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
