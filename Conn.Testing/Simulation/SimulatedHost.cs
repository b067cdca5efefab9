using System.Reactive.Linq;
using Conn.Engine;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Testing.Storage;
using Conn.Testing.Time;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>One life of a host: bus, engine, repository. It ends by being dropped; what was on the storage stays.</summary>
internal sealed class SimulatedHost
{
    private readonly List<IDisposable> _subscriptions = [];
    private Property _oneShot = null!;
    private Revision _seen = Revision.None;

    private SimulatedHost(VirtualTime time)
    {
        Scheduler = new HostScheduler(time.Scheduler);
        EngineScheduler = new HostScheduler(Scheduler);
        Clock = new SchedulerClock(Scheduler);
        Store = new PropertyStore(new PropertyStoreOptions { Scheduler = Scheduler, ObserverFailed = _ => ObserverFailures++ });
        Watcher = Store.Open(new SecureId(0x20000000));
    }

    /// <summary>Owners, bus and repository of this life.</summary>
    public HostScheduler Scheduler { get; }

    /// <summary>The engine alone: it can stop while its owners live.</summary>
    public HostScheduler EngineScheduler { get; }

    public TimeProvider Clock { get; }

    public PropertyStore Store { get; }

    public PropertyClient Watcher { get; }

    public BackupEngine Engine { get; private set; } = null!;

    public BackupRepository Repository { get; private set; } = null!;

    public int ObserverFailures { get; private set; }

    /// <summary>How often the mode was published.</summary>
    public int Published { get; private set; }

    /// <summary>How often a one-shot subscription completed.</summary>
    public int Completions { get; private set; }

    /// <summary>What the property shows.</summary>
    public BurMode Mode => Watcher.TryGet(SystemProperties.BackupRestoreKey, out int value).IsSuccess ? BurMode.FromValue(value) : BurMode.Unset;

    public static async Task<SimulatedHost> StartAsync(VirtualTime time, SimulationRun run, TearingStorage storage, bool first, int seed)
    {
        SimulatedHost host = new(time);
        await host.StartEngineAsync(run);
        RepositoryOptions options = new() { Workers = 0, TimeProvider = host.Clock, Random = new Random(seed), SectionBytes = 2048, SegmentBytes = 16384 };
        host.Repository = first
            ? await BackupRepository.CreateAsync(storage, options, CancellationToken.None)
            : await BackupRepository.OpenAsync(storage, options, CancellationToken.None);
        return host;
    }

    /// <summary>Observers of the mode that throw, queued and inline.</summary>
    public void ThrowFromNow()
    {
        _subscriptions.Add(Watcher.ObserveBurMode(new ObserveOptions { Delivery = Delivery.Latest, Scheduler = Scheduler }).Subscribe(_ => throw new InvalidOperationException("scripted")));
        _subscriptions.Add(Watcher.ObserveBurMode(ObserveOptions.Inline).Subscribe(_ => throw new InvalidOperationException("scripted")));
        _subscriptions.Add(Engine.Progress.Subscribe(p =>
        {
            if (p.Phase == OperationPhase.OwnerReady)
            {
                throw new InvalidOperationException("scripted");
            }
        }));
    }

    /// <summary>Nothing of this life runs any more.</summary>
    public void Drop()
    {
        Scheduler.Die();
        _subscriptions.ForEach(s => s.Dispose());
    }

    private async Task StartEngineAsync(SimulationRun run)
    {
        Engine = await BackupEngine.StartAsync(new BackupEngineOptions
        {
            Bus = Store.Open(SecureId.Engine), TimeProvider = new SchedulerClock(EngineScheduler), Scheduler = EngineScheduler, Trace = run.Rogue.Traced,
            MaxPreparing = run.Plan.Seed % 4 == 0 ? 1 + (int)(run.Plan.Seed / 4 % 2) : 64,
            OnError = e =>
            {
                if (e is NullReferenceException or ObjectDisposedException)
                {
                    run.Violated(Invariant.NoSurprise, $"the engine reported {e.GetType().Name}: {e.Message}");
                }
            },
        });
        _subscriptions.Add(Watcher.Observe(SystemProperties.BackupRestoreKey, ObserveOptions.Inline).Subscribe(change =>
        {
            if (change.Revision <= _seen && _seen != Revision.None)
            {
                run.Violated(Invariant.Ordered, $"revision {change.Revision} after {_seen}");
            }

            _seen = change.Revision;
            Published++;
            run.Published(BurMode.FromValue(change.Value ?? 0));
        }));
        _subscriptions.Add(Engine.Progress.Subscribe(run.Progressed));
        _oneShot = Watcher.Attach(SystemProperties.BackupRestoreKey);
        _ = FollowAsync();
    }

    private async Task FollowAsync()
    {
        while (!Scheduler.IsDead && (await _oneShot.SubscribeAsync()).IsSuccess)
        {
            Completions++;
        }
    }
}
