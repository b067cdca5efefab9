using System.Globalization;
using Conn.PlantedBugs;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// Without arguments this program is the command that looks for every planted bug; else it runs its tests.
if (args.Length > 0)
{
    return args.Any(a => a is "--server" or "--internal-msbuild-node")
        ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : await ConsoleRunner.Run(args);
}

const int Seeds = 100;
int found = 0;
PlantedBug[] bugs = Enum.GetValues<PlantedBug>();
foreach (PlantedBug bug in bugs)
{
    Finding finding = await BugHunt.RunAsync(bug, Seeds, stopAtFirst: false);
    string skipped = finding.TestsSkipped == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({finding.TestsSkipped} not run)");
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{(bug == PlantedBug.None ? "(no bug)" : bug.ToString()),-20} {finding.TestsFailed,3} of {finding.Tests} tests{skipped}, {finding.SeedsFailed,3} of {finding.Seeds} seeds"));
    Console.WriteLine($"    {finding.FirstLine?.Split('\n')[0] ?? "nothing found"}");
    found += bug != PlantedBug.None && finding.FirstLine is not null ? 1 : 0;
    if (bug == PlantedBug.None && finding.FirstLine is not null)
    {
        Console.WriteLine($"The correct owner fails:\n{finding.FirstLine}");
        return 1;
    }
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{found} of {bugs.Length - 1} planted bugs found"));
return found == bugs.Length - 1 ? 0 : 1;
