using BenchmarkDotNet.Running;
using Conn.Benchmarks;

// For example: dotnet run -c Release --project benchmarks/Conn.Benchmarks -- --filter '*Bus*'
BenchmarkSwitcher.FromAssembly(typeof(ShortRuns).Assembly).Run(args, new ShortRuns());
