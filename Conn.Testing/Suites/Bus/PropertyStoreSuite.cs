#pragma warning disable CS1591 // A test's name is its documentation.
using System.Collections.Concurrent;
using System.Reactive.Concurrency;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;
using Xunit.Sdk;

namespace Conn.Testing.Suites.Bus;

/// <summary>What the suites of a property store share. Derive each suite once for each kind of store.</summary>
/// <remarks>
/// The suites use the portable contract only. Deliveries of <see cref="Store"/> run on <see cref="Scheduler"/>, so a test decides when; the concurrent suites
/// make stores of their own on the pool.
/// </remarks>
public abstract class PropertyStoreSuite : IAsyncLifetime
{
    protected const uint OwnerSid = 0x20000001;
    protected const uint StrangerSid = 0x20000002;

    private readonly List<IPropertyStore> _stores = [];
    private readonly List<Revision> _revisions = [];
    private readonly ConcurrentQueue<Exception> _failedAssertions = [];

    /// <summary>Gets every type of property.</summary>
    public static TheoryData<PropertyType> Types => [PropertyType.Int, PropertyType.ByteArray, PropertyType.LargeByteArray];

    /// <summary>Gets the types that hold bytes.</summary>
    public static TheoryData<PropertyType> ByteTypes => [PropertyType.ByteArray, PropertyType.LargeByteArray];

    /// <summary>Gets every kind of delivery.</summary>
    public static TheoryData<Delivery> Deliveries => [Delivery.Latest, Delivery.Buffered, Delivery.Inline];

    /// <summary>Gets every type of property with every kind of delivery.</summary>
    public static MatrixTheoryData<PropertyType, Delivery> TypesAndDeliveries =>
        new([PropertyType.Int, PropertyType.ByteArray, PropertyType.LargeByteArray], [Delivery.Latest, Delivery.Buffered, Delivery.Inline]);

    /// <summary>Gets the token of the running test.</summary>
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected static SecurityPolicy Pass => SecurityPolicy.AlwaysPass;

    protected static SecurityPolicy Fail => SecurityPolicy.AlwaysFail;

    /// <summary>Gets a policy that only the owner passes.</summary>
    protected static SecurityPolicy Owners => SecurityPolicy.ForSecureId(new SecureId(OwnerSid));

    /// <summary>Gets where the deliveries of <see cref="Store"/> run.</summary>
    protected HistoricalScheduler Scheduler { get; } = new SharedHistoricalScheduler();

    /// <summary>Gets what observers of <see cref="Store"/> threw.</summary>
    protected List<Exception> Failures { get; } = [];

    /// <summary>Gets the subject.</summary>
    protected IPropertyStore Store { get; private set; } = null!;

    /// <summary>Gets a client that defines properties in its own category.</summary>
    protected IPropertyClient Owner { get; private set; } = null!;

    /// <summary>Gets a client with another secure id, without a capability.</summary>
    protected IPropertyClient Stranger { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Store = await NewStoreAsync(new PropertyStoreOptions { Scheduler = Scheduler, ObserverFailed = Failures.Add });
        Owner = await OpenAsync(OwnerSid);
        Stranger = await OpenAsync(StrangerSid);
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        foreach (IPropertyStore store in _stores)
        {
            await store.DisposeAsync();
        }

        GC.SuppressFinalize(this);
        Assert.Empty(_failedAssertions);
    }

    /// <summary>Makes an empty store.</summary>
    /// <param name="options">How it must behave.</param>
    /// <returns>The subject; the suite disposes it.</returns>
    protected abstract ValueTask<IPropertyStore> CreateStoreAsync(PropertyStoreOptions options);

    /// <summary>Runs everything that is due on <see cref="Scheduler"/>. A store that is notified from elsewhere waits for that first.</summary>
    /// <returns>Completes when nothing is due.</returns>
    protected virtual ValueTask SettleAsync()
    {
        Scheduler.Start();
        return default;
    }

    /// <summary>Gets how often most races are repeated: fewer times where each publish is a round trip.</summary>
    /// <param name="store">The store.</param>
    /// <returns>The number.</returns>
    protected static int RoundsOf(IPropertyStore store) => store.Limits.HasFlag(StoreLimits.NoBoundedTimeSet) ? 200 : 10_000;

    /// <summary>Runs what is due until something that follows from it is over: code after an await may run elsewhere.</summary>
    /// <param name="task">What follows.</param>
    /// <returns>Completes with it.</returns>
    protected async Task SettledAsync(Task task)
    {
        const int Turns = 10_000;
        for (int i = 0; i < Turns && !task.IsCompleted; i++)
        {
            await SettleAsync();
        }

        Assert.True(task.IsCompleted, "It did not end, and nothing is due any more.");
        await task;
    }

    protected static PropertyName NameOf(uint key) => new(OwnerSid, key);

    protected static PropertyDefinition Open(PropertyType type) => PropertyDefinition.Open(type);

    protected static PropertyDefinition Guarded(PropertyType type, SecurityPolicy read, SecurityPolicy write) =>
        new() { Type = type, Read = read, Write = write };

    protected static byte[] BytesOf(int number) => Numbers.Bytes(number);

    protected static int NumberOf(PropertyValue value) => Numbers.Of(value);

    protected static int NumberOf(PropertyChange change) => Numbers.Of(change);

    /// <summary>Makes a value that means a number, for a property of any type.</summary>
    protected static PropertyValue ValueOf(PropertyType type, int number) => Numbers.Encode(type, number);

    /// <summary>Returns a length that is one more than a type allows.</summary>
    protected static int PastLimit(PropertyType type) =>
        1 + (type == PropertyType.ByteArray ? PropertyLimits.MaxByteArrayBytes : PropertyLimits.MaxLargeByteArrayBytes);

    /// <summary>Returns the outcome of what is complete once the scheduler has run: fails instead of waiting for what never comes.</summary>
    protected static async Task<ErrorCode> Outcome(ValueTask<ErrorCode> subscription)
    {
        Assert.True(subscription.IsCompleted, "The subscription was not completed.");
        return await subscription;
    }

    protected static void AssertOneOf(ErrorCode code, params ReadOnlySpan<ErrorCode> legal) => Assert.True(legal.Contains(code), code.Name);

    /// <summary>Asserts that a read of any form is refused with a code, and has no value.</summary>
    protected static void AssertRefused(ErrorCode expected, IProperty handle)
    {
        byte[] buffer = new byte[8];
        Assert.Equal((expected, 0, Revision.None), (handle.TryGet(out int value, out Revision revision), value, revision));
        Assert.Equal((expected, 0, Revision.None), (handle.TryGet(buffer, out int length, out revision), length, revision));
    }

    /// <summary>Reads a number by a handle, in the form of its type.</summary>
    protected static (ErrorCode Code, int Number, Revision Revision) Read(IProperty handle, PropertyType type)
    {
        if (type == PropertyType.Int)
        {
            return (handle.TryGet(out int value, out Revision of), value, of);
        }

        byte[] buffer = new byte[8];
        ErrorCode code = handle.TryGet(buffer, out int length, out Revision revision);
        return (code, length == 8 ? Numbers.Of(buffer) : 0, revision);
    }

    /// <summary>Makes a store that is disposed with the suite.</summary>
    protected async ValueTask<IPropertyStore> NewStoreAsync(PropertyStoreOptions options)
    {
        // An assertion that fails inside an observer fails the test.
        Action<Exception>? given = options.ObserverFailed;
        IPropertyStore store = await CreateStoreAsync(options with
        {
            ObserverFailed = exception =>
            {
                if (exception is IAssertionException)
                {
                    _failedAssertions.Enqueue(exception);
                }

                given?.Invoke(exception);
            },
        });
        _stores.Add(store);
        return store;
    }

    protected ValueTask<IPropertyClient> OpenAsync(uint sid, params ReadOnlySpan<Capability> capabilities) => OpenAsync(Store, sid, capabilities);

    protected static ValueTask<IPropertyClient> OpenAsync(IPropertyStore store, uint sid, params ReadOnlySpan<Capability> capabilities) =>
        store.OpenAsync(store.MintIdentity(new SecureId(sid), capabilities), Token);

    /// <summary>Defines a property that every client may use, as the owner.</summary>
    protected async ValueTask<PropertyName> DefinedAsync(PropertyType type = PropertyType.Int, uint key = 1)
    {
        await DefineAsync(NameOf(key), Open(type));
        return NameOf(key);
    }

    /// <summary>Defines a property as the owner; fails when it is refused.</summary>
    protected async ValueTask DefineAsync(PropertyName name, PropertyDefinition definition) =>
        Assert.Equal(ErrorCode.Success, await Owner.TryDefineAsync(name, definition, Token));

    /// <summary>Publishes as the owner; fails when it is refused.</summary>
    protected async ValueTask<Revision> SetAsync(PropertyName name, PropertyValue value) => Ranked(await Owner.TrySetAsync(name, value, Token));

    /// <summary>Publishes a batch as the owner; fails when it is refused.</summary>
    protected async ValueTask<Revision> PublishAsync(PropertyBatch batch) => Ranked(await Owner.TryPublishAsync(batch, Token));

    /// <summary>Deletes as the owner; fails when it is refused.</summary>
    protected async ValueTask<Revision> DeleteAsync(PropertyName name)
    {
        Assert.Equal(ErrorCode.Success, await Owner.TryDeleteAsync(name, Token));
        return Ranked(new PublishResult(ErrorCode.Success, Store.Revision));
    }

    /// <summary>Returns the number of the publish or delete by the helpers above that has a revision: 1 for the first, 0 for none.</summary>
    protected int RankOf(Revision revision) => revision == Revision.None ? 0 : 1 + _revisions.IndexOf(revision);

    /// <summary>Starts an asynchronous call inside an observer, which must not wait.</summary>
    protected static void Begin<T>(ValueTask<T> call) => _ = call.AsTask();

    /// <summary>Makes the options of a kind of delivery, with room for all that a test publishes. Skips the test when the store does not have it.</summary>
    protected ObserveOptions OptionsOf(Delivery delivery)
    {
        Assert.SkipWhen(delivery == Delivery.Inline && Store.Limits.HasFlag(StoreLimits.NoInlineDelivery), "This kind of store has no inline delivery.");
        return delivery == Delivery.Buffered ? ObserveOptions.Buffered(1024) : new ObserveOptions { Delivery = delivery };
    }

    private protected ChangeRecorder Observed(PropertyName name, Delivery delivery, out IDisposable subscription) =>
        Observed(Stranger, name, OptionsOf(delivery), out subscription);

    private protected static ChangeRecorder Observed(IPropertyClient client, PropertyName name, ObserveOptions options, out IDisposable subscription)
    {
        var recorder = new ChangeRecorder();
        subscription = client.Observe(name, options).Subscribe(recorder);
        return recorder;
    }

    private Revision Ranked(PublishResult result)
    {
        Assert.Equal(ErrorCode.Success, result.Code);
        _revisions.Add(result.Revision);
        return result.Revision;
    }
}
