using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>A state bus, wherever it lives: in this process, in another one, on other machines. All keep the same contract.</summary>
/// <remarks>
/// All members are safe from any thread. Holding it is the right to mint identities, so a component is given a client. The contract,
/// rule by rule, is the suite <c>PropertyStoreContract</c> in Conn.Testing, which every implementation passes.
/// </remarks>
public interface IPropertyStore : IDisposable
{
    /// <summary>The stamp of the newest publish or delete in the store; <see cref="Stamp.Never"/> before the first.</summary>
    Stamp Revision { get; }

    /// <summary>How many exceptions observers and schedulers threw since the store was made.</summary>
    long ObserverFailures { get; }

    /// <summary>What this kind of store cannot promise.</summary>
    StoreLimits Limits { get; }

    /// <summary>Makes an identity.</summary>
    /// <param name="sid">Its secure id.</param>
    /// <param name="capabilities">What it may do; legal ones only.</param>
    /// <param name="vendorId">Its vendor id; 0, the default, for none.</param>
    /// <returns>An identity for this store only.</returns>
    /// <exception cref="ArgumentException"><paramref name="capabilities"/> holds an unknown one.</exception>
    ClientIdentity MintIdentity(SecureId sid, CapabilitySet capabilities, uint vendorId = 0);

    /// <summary>Makes an identity.</summary>
    /// <param name="sid">Its secure id.</param>
    /// <param name="capabilities">What it may do; none by default.</param>
    /// <returns>An identity for this store only.</returns>
    ClientIdentity MintIdentity(SecureId sid, params ReadOnlySpan<Capability> capabilities) => MintIdentity(sid, CapabilitySet.Of(capabilities));

    /// <summary>Opens the store for somebody. Any number of clients may share an identity.</summary>
    /// <param name="identity">Minted by this store.</param>
    /// <returns>The client; its disposal ends what was defined to last as long as it.</returns>
    /// <exception cref="ArgumentException">Another store minted it.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    IPropertyClient Open(ClientIdentity identity);

    /// <summary>Who waits, observes and watches at this moment; for diagnostics.</summary>
    /// <returns>One for each outstanding subscription, observation and watch, by name, those of everything last.</returns>
    IReadOnlyList<SubscriptionInfo> Subscriptions();

    /// <summary>Writes persisted properties to their file now, if they changed; otherwise that happens soon after a publish, on the scheduler.</summary>
    /// <exception cref="IOException">It could not be written; the file is as it was.</exception>
    void Flush();
}
