namespace Conn.PubSub.Delivering;

/// <summary>The end of a stream by the store: what is delivered before it, and whether it is a refusal.</summary>
/// <param name="Refused">True for OnError with PermissionDenied, false for OnCompleted.</param>
/// <param name="First">For an observer without an element yet.</param>
/// <param name="Last">For an observer that has not received the last change.</param>
/// <param name="AsOf">The name's last revision; <see cref="Observation.Nothing"/> when nothing comes before the end.</param>
internal sealed record StreamEnd(bool Refused, PropertyChange First, PropertyChange Last, long AsOf)
{
    /// <summary>Ends an observer at once.</summary>
    public static StreamEnd RefusedAtOnce { get; } = new(true, default, default, Observation.Nothing);
}
