using Conn.Testing.Suites.Bus;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>The race, broadcast and stress programs, again and again for ten minutes. It runs by its command only, see docs/reliability.md.</summary>
public sealed class StressCampaign
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(10);

    [Fact(Explicit = true)]
    public async Task The_programs_run_for_ten_minutes()
    {
        long begin = TimeProvider.System.GetTimestamp();
        int times = 0;
        while (TimeProvider.System.GetElapsedTime(begin) < Length)
        {
            await RunAsync(static p => p.A_property_deleted_and_defined_all_the_time_has_only_whole_values_and_legal_outcomes());
            await RunAsync(static p => p.Two_races_and_three_broadcasts_at_once_each_keep_their_promises());
            await RunAsync(static p => p.Cancel_racing_with_publish_completes_each_subscription_once());
            times++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{times} times");
        Assert.True(times > 0);
    }

    private static async Task RunAsync(Func<Programs, Task> run)
    {
        var programs = new Programs();
        await programs.InitializeAsync();
        await run(programs);
        await programs.DisposeAsync();
    }

    private sealed class Programs : BusProgramContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => new(new PropertyStore(options));
    }
}
