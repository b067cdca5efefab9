using System.Globalization;
using System.Runtime.InteropServices;
using Conn.Simulation.Tables;
using Conn.Testing.Simulation;

namespace Conn.Simulation;

/// <summary>The command: runs seeds on two threads and prints a summary, or replays one with every line of its trace.</summary>
internal static class SimulationCommand
{
    private const int Threads = 2;

    public static bool IsAsked(string[] args) => args.Any(a => a is "--seeds" or "--seed" or "--mutations");

    public static int Run(string[] args)
    {
        if (args.Contains("--mutations"))
        {
            return TableMutations.Run(Console.Out);
        }

        SimulationOptions options = new() { Owners = (int)Number(args, "--owners", 0), Operations = (int)Number(args, "--operations", 0), Faults = !args.Contains("--calm"), Socket = args.Contains("--socket") };
        if (args.Contains("--seed"))
        {
            return Replay(Number(args, "--seed", 0), args.Contains("--whole"), options with { KeepTrace = true });
        }

        return RunMany(Number(args, "--from", 0), Number(args, "--seeds", 1000), (int)Number(args, "--stop", 3), options);
    }

    private static int Replay(long seed, bool whole, SimulationOptions options)
    {
        SimulationResult result = whole ? BackupSimulation.Run(seed, options) : BackupSimulation.Shrink(seed, options);
        Console.WriteLine(string.Join('\n', result.Trace));
        Console.WriteLine(result);
        return result.Violations.Count == 0 ? 0 : 1;
    }

    private static int RunMany(long from, long count, int stopAfter, SimulationOptions options)
    {
        PairCoverage.Start();
        TimeProvider clock = TimeProvider.System;
        long started = clock.GetTimestamp();
        SimulationCounts total = new();
        List<int> callbacks = [];
        List<long> broken = [];
        UInt128 traces = 0;
        Lock gate = new(); // guards total, callbacks, traces and broken
        long next = from;
        bool stopped = false;
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(Work))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        TimeSpan took = clock.GetElapsedTime(started);
        foreach (long seed in broken.Order().Take(stopAfter))
        {
            Console.WriteLine(BackupSimulation.Shrink(seed, options));
        }

        new SimulationSummary(from, callbacks.Count, took, total, callbacks, traces).Print(Console.Out);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"violations: {broken.Count}{(broken.Count == 0 ? "" : " (seeds " + string.Join(", ", broken.Order().Take(20)) + ")")}"));
        return broken.Count == 0 ? 0 : 1;

        // What ran until then is told all the same.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            Volatile.Write(ref stopped, true);
        }

        void Work()
        {
            SimulationCounts mine = new();
            List<int> mineCallbacks = [];
            UInt128 mineTraces = 0;
            for (long seed = Interlocked.Increment(ref next) - 1; seed < from + count && !Volatile.Read(ref stopped); seed = Interlocked.Increment(ref next) - 1)
            {
                SimulationResult result = BackupSimulation.Run(seed, options);
                mine.Add(result.Counts);
                mineCallbacks.Add((int)result.Counts.Callbacks);
                mineTraces ^= UInt128.Parse(result.TraceHash, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                if (result.Violations.Count > 0)
                {
                    lock (gate)
                    {
                        broken.Add(seed);
                        if (broken.Count >= stopAfter)
                        {
                            break;
                        }
                    }
                }
            }

            lock (gate)
            {
                total.Add(mine);
                callbacks.AddRange(mineCallbacks);
                traces ^= mineTraces;
            }
        }
    }

    private static long Number(string[] args, string name, long otherwise)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length && long.TryParse(args[at + 1], NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) ? number : otherwise;
    }
}
