using System.Runtime.InteropServices;

namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: how far the holder of an inline role is; written by the holder only, for each observer it calls. So it lies apart from
/// whatever other publishers write, on cache lines of its own.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal sealed class TellingPlace
{
    private const int NoPlace = -1;

    /// <summary>Up to which stamp those called directly were told.</summary>
    [FieldOffset(64)]
    public long Told = Observation.Nothing;

    /// <summary>The place of whom the holder calls directly; none whenever it does not, so that nobody is taken to be called who is not.</summary>
    [FieldOffset(72)]
    public int At = NoPlace;

    /// <summary>How many wait until a call is over.</summary>
    [FieldOffset(76)]
    public int Awaited;

    /// <summary>Ends the direct calls. Who waited was woken when its own was over.</summary>
    public void Leave() => Volatile.Write(ref At, NoPlace);

    /// <summary>Of a property that nobody observes inline.</summary>
    public static TellingPlace Nowhere { get; } = new();
}
