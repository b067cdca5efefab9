using Conn.PubSub;
using Conn.Testing.Suites.Bus;

namespace Conn.Ipc.Tests;

/// <summary>The store of another process keeps the portable contract.</summary>
public static class IpcPropertyStoreTests
{
    public sealed class Barrier : BarrierContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class BusProgram : BusProgramContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class CancelBarrier : CancelBarrierContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class ClientEnd : ClientEndContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class CompletionOrder : CompletionOrderContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class ConditionalPublish : ConditionalPublishContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class InlineStream : InlineStreamContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class OneShot : OneShotContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class Persistence : PersistenceContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class PropertyDefinition : PropertyDefinitionContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class PropertyFile : PropertyFileContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class PropertyFileCrash : PropertyFileCrashContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class PropertyFileFailure : PropertyFileFailureContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class PropertyList : PropertyListContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class PropertyPolicy : PropertyPolicyContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class PropertyValue : PropertyValueContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class PropertyWait : PropertyWaitContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class QueuedStream : QueuedStreamContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class Race : RaceContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class RacingObserver : RacingObserverContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class SingleMoment : SingleMomentContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class Stream : StreamContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class StreamDelete : StreamDeleteContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class StreamEnd : StreamEndContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class StreamFilter : StreamFilterContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class TypedProperty : TypedPropertyContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class Watch : WatchContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class WatchEnumeration : WatchEnumerationContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }

    public sealed class WatchHistory : WatchHistoryContract
    {
        protected override ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options) => SocketBus.CreateAsync(options);

        protected override ValueTask SettleAsync() => SocketBus.SettleAsync(Scheduler);
    }
}
