using System.Globalization;
using Conn.Ipc;
using Conn.PubSub;

namespace Conn.Benchmarks.Processes;

/// <summary>
/// How long a value takes from a process, through the daemon, to an observer in a third process, beside a relay of bytes and beside Redis, in turns (latency); reads of an
/// attached property (read); a hundred publishing processes (crowd). Without the name of a part: all of them.
/// </summary>
internal static class ProcessesCommand
{
    private const int Rounds = 5;
    private const int Messages = 4000;

    public static async Task RunAsync(string[] parts, TextWriter to)
    {
        string folder = Directory.CreateTempSubdirectory("conn-bench-").FullName;
        try
        {
            await IfAskedAsync("latency", () => LatencyAsync(folder, to));
            await IfAskedAsync("read", () => AttachedRead.MeasureAsync(Path.Combine(folder, "read.sock"), to));
            await IfAskedAsync("crowd", () => Crowd.MeasureAsync(Path.Combine(folder, "crowd.sock"), to));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Task IfAskedAsync(string part, Func<Task> measure) => parts is [] || parts.Contains(part) ? measure() : Task.CompletedTask;
    }

    private static async Task LatencyAsync(string folder, TextWriter to)
    {
        string conn = Path.Combine(folder, "conn.sock");
        string redis = Path.Combine(folder, "redis.sock");
        using PropertyStore store = new();
        await using IpcServer server = IpcServer.Start(new IpcServerOptions { SocketPath = conn, Store = store });
        using Child redisServer = Child.Start("redis-server", "--port", "0", "--unixsocket", redis, "--save", "", "--dir", folder);
        await redisServer.SaysAsync("eady to accept connections");
        List<double> ofRelay = [];
        List<double> ofConn = [];
        List<double> ofRedis = [];
        for (int round = 0; round < Rounds; round++)
        {
            string relay = Path.Combine(folder, $"relay{round}.sock");
            RelayPath.Serve(relay);
            ofRelay.Add(await RoundAsync("relay", relay, to));
            ofConn.Add(await RoundAsync("conn", conn, to));
            ofRedis.Add(await RoundAsync("redis", redis, to));
        }

        double bare = Median(ofRelay);
        await to.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"median p50: relay {bare:0.0} us, Conn {Median(ofConn):0.0} us ({Median(ofConn) / bare:0.00}), Redis {Median(ofRedis):0.0} us ({Median(ofRedis) / bare:0.00})"));
    }

    private static async Task<double> RoundAsync(string path, string socket, TextWriter to)
    {
        using Child observer = Child.InRole("observe", path, socket, Messages);
        await observer.SaysAsync("ready");
        using Child publisher = Child.InRole("publish", path, socket, Messages);
        string[] told = (await observer.LineAsync()).Split(' ');
        await to.WriteLineAsync($"{path}: {told[0]} of {Messages} arrived, p50 {told[1]} us, p99 {told[2]} us");
        return double.Parse(told[1], CultureInfo.InvariantCulture);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
