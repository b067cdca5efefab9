namespace Conn.PlantedBugs;

/// <summary>What suites and simulation found of one bug.</summary>
/// <param name="Bug">The bug.</param>
/// <param name="TestsFailed">The number of tests that failed.</param>
/// <param name="TestsSkipped">The number of tests that did not run, because one of the first tests had failed.</param>
/// <param name="Tests">The number of all tests.</param>
/// <param name="SeedsFailed">The number of simulated runs that broke an invariant.</param>
/// <param name="Seeds">The number of all simulated runs.</param>
/// <param name="FirstFailure">The message of the first failure; null if there is none.</param>
internal sealed record Finding(PlantedBug Bug, int TestsFailed, int TestsSkipped, int Tests, int SeedsFailed, int Seeds, string? FirstFailure);
