using Conn.Simulation;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// With --seeds, --seed or --mutations this program is the command; else it runs its tests.
return SimulationCommand.IsAsked(args)
    ? SimulationCommand.Run(args)
    : args.Any(a => a is "--server" or "--internal-msbuild-node")
        ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : await ConsoleRunner.Run(args);
