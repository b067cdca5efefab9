using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>Represents an outstanding subscription, an observation or a watch.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">The property; null for a watch.</param>
/// <param name="Category">The category of a watch; null for all.</param>
/// <param name="Subscriber">The secure id of the subscriber.</param>
/// <param name="Delivered">The last delivered revision; <see cref="Revision.None"/> before the first, and for a one-shot subscription.</param>
/// <param name="Dropped">The number of elements that were dropped because the queue was full.</param>
public sealed record SubscriptionInfo(SubscriptionKind Kind, PropertyName? Name, uint? Category, SecureId Subscriber, Revision Delivered, long Dropped);
