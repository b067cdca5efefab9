using System.Globalization;
using Conn.Testing.Time;

namespace Conn.Testing.Owners;

/// <summary>What happened, in order, over all owners: one line an event. The same scenario gives the same trace.</summary>
/// <remarks>Given a <see cref="VirtualTime"/>, it fails by name when an event happens on a foreign thread.</remarks>
public sealed class CallbackTrace
{
    private readonly Lock _gate = new(); // guards _lines
    private readonly List<string> _lines = [];
    private readonly VirtualTime? _time;

    /// <summary>Makes an empty trace.</summary>
    /// <param name="time">The virtual time the events belong to, or null outside of one.</param>
    public CallbackTrace(VirtualTime? time = null) => _time = time;

    /// <summary>The lines so far: <c>seconds owner event</c> in virtual time, <c>owner event</c> outside.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Adds an event.</summary>
    /// <param name="owner">Whose event.</param>
    /// <param name="what">What happened.</param>
    public void Add(string owner, string what)
    {
        _time?.AssertOnPump($"{what} of {owner}");
        string line = _time is null ? $"{owner} {what}" : string.Create(CultureInfo.InvariantCulture, $"{_time.Elapsed.TotalSeconds:0.000} {owner} {what}");
        lock (_gate)
        {
            _lines.Add(line);
        }
    }

    /// <summary>The events of one owner, without times.</summary>
    /// <param name="owner">Whose.</param>
    /// <returns>In order.</returns>
    public IReadOnlyList<string> Of(string owner)
    {
        string mark = _time is null ? owner + " " : " " + owner + " ";
        return [.. Lines.Where(l => l.Contains(mark, StringComparison.Ordinal)).Select(l => l[(l.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..])];
    }
}
