using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Time;

namespace Conn.Testing.Marbles;

/// <summary>The modes of a host over virtual time, as text: <c>n-b 60s n</c>.</summary>
/// <remarks>
/// One character is one frame, a second unless told otherwise. <c>-</c> is a frame in which no mode was published; <c>(nbn)</c> is one frame with several; <c>
/// 60s </c> stands for so many seconds without one, <c> 90ms </c> and <c> 2m </c> likewise. <c>u</c> Unset, <c>n</c> Normal, <c>b</c> backup, base; <c>i</c>
/// backup, increment; <c>p</c> and <c>q</c> the same of selected owners; <c>r</c> restore; <c>s</c> restore of selected owners. What comes after the last mode
/// is not compared.
/// </remarks>
public sealed class ModeMarbles : IDisposable
{
    private readonly List<ModeMarble> _seen = [];
    private readonly IDisposable _subscription;
    private readonly TimeSpan _frame;

    private ModeMarbles(VirtualTime time, IPropertyClient bus, TimeSpan frame)
    {
        _frame = frame;
        TimeSpan start = time.Elapsed;
        _subscription = bus.ObserveBurMode(ObserveOptions.Inline)
            .Subscribe(m => _seen.Add(new ModeMarble((long)((time.Elapsed - start) / frame), Letter(m))));
    }

    /// <summary>What was seen so far.</summary>
    public string Timeline => MarbleText.Write(_seen, _frame);

    /// <summary>Begins to watch: the present mode is in the first frame.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="bus">The bus that the mode is published on.</param>
    /// <param name="frame">The length of a frame; null for a second.</param>
    /// <returns>The timeline; dispose it to stop.</returns>
    public static ModeMarbles Of(VirtualTime time, IPropertyClient bus, TimeSpan? frame = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        return new ModeMarbles(time, bus, frame ?? TimeSpan.FromSeconds(1));
    }

    /// <summary>Begins to watch a virtual host: the present mode is in the first frame.</summary>
    /// <param name="host">The host.</param>
    /// <param name="frame">The length of a frame; null for a second.</param>
    /// <returns>The timeline; dispose it to stop.</returns>
    public static ModeMarbles Of(VirtualHost host, TimeSpan? frame = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        return Of(host.Time, host.OpenBus(new SecureId(0x20000002)), frame);
    }

    /// <summary>Fails, with both timelines one below the other and a mark where they part, unless the modes came in these frames.</summary>
    /// <param name="expected">The timeline.</param>
    /// <exception cref="FormatException">The timeline has a character that means nothing.</exception>
    /// <exception cref="ModeMarblesException">They did not.</exception>
    public void AssertModes(string expected)
    {
        IReadOnlyList<ModeMarble> wanted = MarbleText.Read(expected, _frame);
        if (!wanted.SequenceEqual(_seen))
        {
            throw new ModeMarblesException(MarbleText.Difference(wanted, _seen, _frame));
        }
    }

    /// <summary>Stops watching.</summary>
    public void Dispose() => _subscription.Dispose();

    private static char Letter(BurMode mode) => (mode.PartType, mode.IncType) switch
    {
        (BurPartType.Unset, _) => 'u',
        (BurPartType.Normal, _) => 'n',
        (BurPartType.BackupFull, BackupIncType.Increment) => 'i',
        (BurPartType.BackupFull, _) => 'b',
        (BurPartType.BackupPartial, BackupIncType.Increment) => 'q',
        (BurPartType.BackupPartial, _) => 'p',
        (BurPartType.RestoreFull, _) => 'r',
        _ => 's',
    };
}
