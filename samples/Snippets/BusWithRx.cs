using System.Reactive.Linq;
using System.Reactive.Subjects;
using Conn.PubSub;

namespace Snippets;

/// <summary>Rx on the bus, as its own page shows it.</summary>
public static class BusWithRx
{
    /// <summary>What the mode does to a machine of the host's own.</summary>
    public enum Trigger
    {
        Pause = 0,
        Resume = 1,
    }

    public static async Task CloseAsync(PropertyClient client, PropertyName name, StreamWriter file)
    {
        IDisposable subscription = client.Observe(name).Subscribe(change => file.Write(change));
        await ((IAsyncDisposable)subscription).DisposeAsync();
        file.Close();
    }

    public static async Task CloseBehindAnOperatorAsync(PropertyClient client, PropertyName name, StreamWriter file)
    {
        using var changes = new Subject<PropertyChange>();
        using IDisposable pipeline = changes.Where(change => change.HasValue).Subscribe(change => file.Write(change));
        IDisposable subscription = client.Observe(name).Subscribe(changes);
        await ((IAsyncDisposable)subscription).DisposeAsync();
        file.Close();
    }

    public static void Compose(PropertyClient client, PropertyName level, PropertyName pump, PropertyName settings, Stateless.StateMachine<int, Trigger> machine)
    {
        // A dashboard: one line for each combination, at most ten a second.
        client.Observe(level).CombineLatest(client.Observe(pump), (l, p) => $"{l.Value} {p.Value}").Sample(TimeSpan.FromMilliseconds(100)).Subscribe(Console.WriteLine);

        // Save half a second after the last change.
        client.Observe(settings).Where(c => !c.IsCurrent).Throttle(TimeSpan.FromMilliseconds(500)).Subscribe(Save);

        // The mode of the host drives a state machine, which ignores a trigger that changes nothing (Ignore). Unset counts as idle.
        client.ObserveBurMode().Select(mode => mode.IsIdle).DistinctUntilChanged().Subscribe(idle => machine.Fire(idle ? Trigger.Resume : Trigger.Pause));

        static void Save(PropertyChange change) => Console.WriteLine(change);
    }
}
