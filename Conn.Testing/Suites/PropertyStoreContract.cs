#pragma warning disable CS1591 // A test's name is its documentation.
using System.Buffers.Binary;
using System.Reactive.Concurrency;
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>What every property store promises, rule by rule and for each type. Derive it once for each kind of store.</summary>
/// <remarks>Queued deliveries run on <see cref="Scheduler"/>, so a test decides when; the concurrent rules use a store of their own on the pool.</remarks>
public abstract partial class PropertyStoreContract : IDisposable
{
    protected const uint OwnerSid = 0x20000001;
    private IPropertyStore? _store;

    /// <summary>Where queued deliveries of <see cref="Store"/> run.</summary>
    protected HistoricalScheduler Scheduler { get; } = new();

    /// <summary>What observers threw.</summary>
    protected List<Exception> Failures { get; } = [];

    /// <summary>The subject.</summary>
    protected IPropertyStore Store => _store ??= CreateStore(new PropertyStoreOptions { Scheduler = Scheduler, ObserverFailed = Failures.Add });

    /// <summary>Defines properties in its own category.</summary>
    protected IPropertyClient Owner => field ??= Store.Open(Store.MintIdentity(new SecureId(OwnerSid)));

    /// <summary>Somebody else, without a capability.</summary>
    protected IPropertyClient Stranger => field ??= Store.Open(Store.MintIdentity(new SecureId(0x20000002)));

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes an empty store.</summary>
    /// <param name="options">How it must behave.</param>
    /// <returns>The subject; the suite disposes it.</returns>
    protected abstract IPropertyStore CreateStore(PropertyStoreOptions options);

    protected virtual void Dispose(bool disposing)
    {
        _store?.Dispose();
        _pooled?.Dispose();
    }

    protected static PropertyName NameOf(uint key) => new(OwnerSid, key);

    protected static byte[] BytesOf(int number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }

    protected static int NumberOf(PropertyChange change) =>
        change.Type == PropertyType.Int ? change.Value : change.Bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt32LittleEndian(change.Bytes.Span);

    protected static ErrorCode Publish(IPropertyClient client, PropertyName name, PropertyType type, int number) =>
        type == PropertyType.Int ? client.Set(name, number) : client.Set(name, BytesOf(number));

    protected static ErrorCode Publish(IProperty handle, PropertyType type, int number) =>
        type == PropertyType.Int ? handle.Set(number) : handle.Set(BytesOf(number));

    protected static ErrorCode Read(IPropertyClient client, PropertyName name, PropertyType type, out int number, out Stamp stamp)
    {
        if (type == PropertyType.Int)
        {
            return client.Get(name, out number, out stamp);
        }

        Span<byte> buffer = stackalloc byte[8];
        ErrorCode code = client.Get(name, buffer, out int length, out stamp);
        number = length == 8 ? BinaryPrimitives.ReadInt32LittleEndian(buffer) : 0;
        return code;
    }

    /// <summary>Of what is complete once the scheduler has run: fails instead of waiting for what never comes.</summary>
    private static async Task<ErrorCode> Outcome(ValueTask<ErrorCode> subscription)
    {
        Assert.True(subscription.IsCompleted, "The subscription was not completed.");
        return await subscription;
    }

    /// <summary>Defines for everybody, as the owner.</summary>
    protected PropertyName Defined(PropertyType type, uint key = 1)
    {
        PropertyName name = NameOf(key);
        Assert.Equal(ErrorCode.None, Owner.Define(name, type, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass));
        return name;
    }

    protected static int PastLimit(PropertyType type) =>
        1 + (type == PropertyType.ByteArray ? PropertyLimits.MaxByteArrayBytes : PropertyLimits.MaxLargeByteArrayBytes);
}
