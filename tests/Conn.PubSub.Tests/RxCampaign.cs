using Conn.Testing.Suites.Bus;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>The suite of Rx with 10 000 rounds of each pipeline. It runs by its command only, see docs/rx.md.</summary>
public sealed class RxCampaign
{
    [Fact(Explicit = true)]
    public async Task Each_pipeline_runs_ten_thousand_times()
    {
        var suite = new Campaign();
        int pipelines = 0;
        foreach (ITheoryDataRow row in RxContract.All)
        {
            object?[] data = row.GetData();
            await suite.A_pipeline_ends_under_racing_publishers_and_leaves_nothing((string)data[0]!, (int)data[1]!, (Delivery)data[2]!);
            TestContext.Current.SendDiagnosticMessage($"{data[0]}, {data[1]} properties, {data[2]}: 10000 rounds");
            pipelines++;
        }

        foreach (Delivery delivery in Enum.GetValues<Delivery>())
        {
            await suite.Observers_may_dispose_each_others_subscriptions(delivery);
            await suite.Dispose_returns_inside_a_lock_that_the_observer_takes(delivery);
        }

        Assert.Equal(84, pipelines);
    }

    private sealed class Campaign : RxContract
    {
        protected override int Rounds => 10_000;

        protected override IPropertyStore CreateStore(PropertyStoreOptions options) => new PropertyStore(options);
    }
}
