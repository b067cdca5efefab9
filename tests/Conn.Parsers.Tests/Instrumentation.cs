using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SharpFuzz;
using SharpFuzz.Common;

namespace Conn.Parsers.Tests;

/// <summary>
/// Instruments this program's own copies of the assemblies with parsers, so that each branch that is taken is counted in <see cref="Map"/>. Invariant: it runs before
/// any of them is loaded. CONN_FUZZ_PLAIN=1 leaves them as they were compiled, for tools that measure coverage.
/// </summary>
internal static class Instrumentation
{
    public const int MapBytes = 1 << 16;

    private static readonly string[] Assemblies = ["Conn.Repository.dll", "Conn.DataOwners.dll", "Conn.ActiveBackup.dll", "Conn.PubSub.Extensions.dll", "Conn.Ipc.dll", "conn.dll"];

    private static readonly string[] Parsers =
    [
        "Conn.Repository.Format.", "Conn.Repository.Sets.", "Conn.Repository.Encryption.", "Conn.Repository.Compression.", "Conn.DataOwners.", "Conn.ActiveBackup.Content.",
        "Conn.PubSub.Extensions.", "Conn.Ipc.Wire", "Conn.Ipc.QuickMessage", "Conn.Cli.Owners.", "Conn.Cli.Daemon.DaemonConfiguration", "Conn.Cli.Daemon.Retention",
    ];

    /// <summary>Gets whether branches are counted.</summary>
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("CONN_FUZZ_PLAIN") != "1";

    /// <summary>Gets how often each branch was taken since the map was cleared; more than 255 times begins again at 0.</summary>
    public static unsafe Span<byte> Map => new(Trace.SharedMem, MapBytes);

    /// <summary>Forgets what was counted.</summary>
    public static void Clear()
    {
        Map.Clear();
        Trace.PrevLocation = 0;
    }

    [ModuleInitializer]
    internal static unsafe void Begin()
    {
        Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(MapBytes);
        foreach (string name in IsOn ? Assemblies : [])
        {
            string path = Path.Combine(AppContext.BaseDirectory, name);
            string copy = path + ".instrumented";
            File.Copy(path, copy, overwrite: true);
            try
            {
                _ = Fuzzer.Instrument(copy, static type => Parsers.Any(p => type.StartsWith(p, StringComparison.Ordinal)), Options.Value);
                File.Move(copy, path, overwrite: true);
            }
            catch (InstrumentationException)
            {
                // An earlier run did it.
                File.Delete(copy);
            }
        }
    }
}
