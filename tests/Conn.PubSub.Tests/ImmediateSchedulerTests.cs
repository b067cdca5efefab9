using System.Reactive.Concurrency;
using System.Runtime.CompilerServices;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>An observer whose scheduler runs everything at once runs by the publisher's thread, however often.</summary>
public sealed class ImmediateSchedulerTests
{
    private const int Publishes = 1_000_000;
    private const int StackBytes = 256 << 10;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_observer_that_publishes_its_own_property_needs_a_bounded_stack(bool isThroughAnother)
    {
        using PropertyStore store = new();
        using PropertyClient client = store.Open(new SecureId(1));
        PropertyName name = new(1, 1);
        PropertyName next = isThroughAnother ? new(1, 2) : name;
        client.TryDefine(name, PropertyDefinition.Open(PropertyType.Int));
        client.TryDefine(next, PropertyDefinition.Open(PropertyType.Int));
        bool hasStack = true;
        int last = 0;
        ObserveOptions atOnce = new() { Scheduler = ImmediateScheduler.Instance };
        Thread thread = new(
            () =>
            {
                using IDisposable one = client.Observe(name, atOnce).Subscribe(c => Publish(next, c));
                using IDisposable? two = isThroughAnother ? client.Observe(next, atOnce).Subscribe(c => Publish(name, c)) : null;
            },
            StackBytes);
        thread.Start();
        thread.Join();
        Assert.True(hasStack, $"The stack was used up after {last} publishes.");
        Assert.Equal(Publishes, last);

        void Publish(PropertyName to, PropertyChange change)
        {
            hasStack = hasStack && RuntimeHelpers.TryEnsureSufficientExecutionStack();
            if (hasStack && change.Value is { } value && value < Publishes)
            {
                last = value + 1;
                client.TrySet(to, last);
            }
        }
    }
}
