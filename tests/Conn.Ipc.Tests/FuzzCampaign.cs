using System.Runtime.Versioning;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>The fuzz campaigns, for CONN_FUZZ_SECONDS each.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FuzzCampaign
{
    [Fact(Explicit = true)]
    public async Task Random_bytes_harm_nothing_but_their_connections() =>
        Report(await Fuzz.RandomBytesAsync(Fuzz.CampaignTime, TestContext.Current.CancellationToken));

    [Fact(Explicit = true)]
    public async Task Mutated_sessions_harm_nothing_but_their_connections() =>
        Report(await Fuzz.MutatedSessionsAsync(Fuzz.CampaignTime, TestContext.Current.CancellationToken));

    private static void Report(int connections) => Console.WriteLine($"{connections} connections");
}
