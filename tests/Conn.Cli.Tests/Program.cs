using Conn.Cli.Tests;
using Conn.Cli.Tests.Running;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// Started again by a test, this program is the tool itself, with a hand on its progress.
return PhaseHost.IsAsked
    ? await PhaseHost.RunAsync(args)
    : JoinedProgram.IsAsked ? await JoinedProgram.RunAsync()
    : args.Any(a => a is "--server" or "--internal-msbuild-node")
        ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : await ConsoleRunner.Run(args);
