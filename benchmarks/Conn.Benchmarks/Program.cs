using BenchmarkDotNet.Running;
using Conn.Benchmarks;
using Conn.Benchmarks.Coordination;

// For example: dotnet run -c Release --project benchmarks/Conn.Benchmarks -- --filter '*Bus*'
if (args is ["coordination"])
{
    await CoordinationCommand.RunAsync(Console.Out);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(ShortRuns).Assembly).Run(args, new ShortRuns());
}
