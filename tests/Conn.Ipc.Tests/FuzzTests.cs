using System.Runtime.Versioning;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>A short run of each fuzz campaign, in every run of the tests.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FuzzTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Random_bytes_for_two_seconds_harm_nothing_but_their_connections() => await Fuzz.RandomBytesAsync(Short, TestContext.Current.CancellationToken);

    [Fact]
    public async Task Mutated_sessions_for_two_seconds_harm_nothing_but_their_connections() => await Fuzz.MutatedSessionsAsync(Short, TestContext.Current.CancellationToken);
}
