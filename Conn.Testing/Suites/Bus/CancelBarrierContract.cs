#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about the end of a one-shot subscription: it is complete when Cancel returns, or the token was cancelled.</summary>
public abstract class CancelBarrierContract : RacingSuite
{
    [Fact(Timeout = 60000)]
    public async Task After_Cancel_returns_the_outcome_does_not_change()
    {
        PropertyName name = await RacedAsync();
        int rounds = Rounds;
        using IProperty handle = await Racer.AttachAsync(name, Token);
        await Whilst(async () => await Racer.TrySetAsync(name, 1, Token), async _ =>
        {
            for (int i = 0; i < rounds; i++)
            {
                ValueTask<ErrorCode> subscription = handle.SubscribeAsync(Token);
                handle.Cancel();
                Assert.True(subscription.IsCompletedSuccessfully);
                AssertOneOf(await subscription, ErrorCode.Success, ErrorCode.Cancel);
            }
        });
    }

    [Fact(Timeout = 60000)]
    public async Task After_a_token_was_cancelled_the_outcome_does_not_change()
    {
        PropertyName name = await RacedAsync();
        int rounds = Rounds;
        using IProperty handle = await Racer.AttachAsync(name, Token);
        int cancelled = 0;
        await Whilst(async () => await Racer.TrySetAsync(name, 1, Token), async _ =>
        {
            for (int i = 0; i < rounds; i++)
            {
                using var source = new CancellationTokenSource();
                ValueTask<ErrorCode> subscription = handle.SubscribeAsync(source.Token);
                await source.CancelAsync();
                Assert.True(subscription.IsCompleted);
                try
                {
                    Assert.Equal(ErrorCode.Success, await subscription);
                }
                catch (OperationCanceledException exception)
                {
                    Assert.Equal(source.Token, exception.CancellationToken);
                    cancelled++;
                }
            }
        });
        Assert.InRange(cancelled, 1, rounds);
    }
}
