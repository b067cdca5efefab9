using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>Represents a state bus, wherever it lives: in this process, in another one, on other machines. All have the same contract.</summary>
/// <remarks>
/// All members are safe for several threads. A component that holds the store can mint identities, so components are given a client. The contract, rule by rule,
/// is in the suites of <c>Conn.Testing.Suites.Bus</c>, which every implementation passes.
/// </remarks>
public interface IPropertyStore : IAsyncDisposable
{
    /// <summary>Gets the revision of the newest publish or delete; <see cref="Revision.None"/> before the first.</summary>
    Revision Revision { get; }

    /// <summary>Gets the number of exceptions that observers and schedulers threw since the store was made.</summary>
    long ObserverFailures { get; }

    /// <summary>Gets what this kind of store cannot promise.</summary>
    StoreLimits Limits { get; }

    /// <summary>Makes an identity.</summary>
    /// <param name="sid">Its secure id.</param>
    /// <param name="capabilities">Its capabilities; legal ones only.</param>
    /// <param name="vendorId">Its vendor id; 0, the default, for none.</param>
    /// <returns>An identity for this store only.</returns>
    /// <exception cref="ArgumentException"><paramref name="capabilities"/> has an unknown one.</exception>
    ClientIdentity MintIdentity(SecureId sid, CapabilitySet capabilities, uint vendorId = 0);

    /// <summary>Makes an identity.</summary>
    /// <param name="sid">Its secure id.</param>
    /// <param name="capabilities">Its capabilities; none by default.</param>
    /// <returns>An identity for this store only.</returns>
    ClientIdentity MintIdentity(SecureId sid, params ReadOnlySpan<Capability> capabilities) => MintIdentity(sid, CapabilitySet.Of(capabilities));

    /// <summary>Opens the store for an identity. Several clients may have the same identity.</summary>
    /// <param name="identity">An identity of this store.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The client. The caller disposes it; that ends its observations and deletes what it defined with <see cref="PropertyLifetime.Client"/>.</returns>
    /// <exception cref="ArgumentException">Another store made the identity.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    ValueTask<IPropertyClient> OpenAsync(ClientIdentity identity, CancellationToken cancellationToken = default);

    /// <summary>Lists the outstanding subscriptions, observations and watches, for diagnostics.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One entry for each, by name; watches last.</returns>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    ValueTask<IReadOnlyList<SubscriptionInfo>> ListSubscriptionsAsync(CancellationToken cancellationToken = default);
}
