using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>Somebody who will be told of a publish.</summary>
/// <param name="Kind">How.</param>
/// <param name="Name">Of which property; null for a watch.</param>
/// <param name="Category">Of which category; null for a watch of everything.</param>
/// <param name="Subscriber">Who.</param>
/// <param name="Told">The stamp up to which it was told; <see cref="Stamp.Never"/> before, and for a one-shot subscription.</param>
/// <param name="Dropped">How many elements it lost because its queue was full.</param>
public sealed record SubscriptionInfo(SubscriptionKind Kind, PropertyName? Name, uint? Category, SecureId Subscriber, Stamp Told, long Dropped);
