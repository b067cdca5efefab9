using BenchmarkDotNet.Running;
using Conn.Benchmarks;
using Conn.Benchmarks.Bus;
using Conn.Benchmarks.Coordination;
using Conn.Benchmarks.Processes;
using System.Globalization;

// For example: dotnet run -c Release --project benchmarks/Conn.Benchmarks -- --filter '*Bus*'
if (args is ["coordination"])
{
    await CoordinationCommand.RunAsync(Console.Out);
}
else if (args is ["bus-bounds"])
{
    Bounds.Run(100_000);
    Bounds.Run(1_000_000);
}
else if (args is ["processes", .. string[] parts])
{
    await ProcessesCommand.RunAsync(parts, Console.Out);
}
else if (args is ["processes-role", { } role, { } path, { } socket, { } number])
{
    await Roles.RunAsync(role, path, socket, int.Parse(number, CultureInfo.InvariantCulture));
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(ShortRuns).Assembly).Run(args, new ShortRuns());
}
