using Conn.PlantedBugs;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// Without arguments this program is the command that looks for every planted bug; else it runs its tests.
return args.Length == 0 ? await BugTable.PrintAsync(Console.Out)
    : args.Any(a => a is "--server" or "--internal-msbuild-node")
        ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : await ConsoleRunner.Run(args);
