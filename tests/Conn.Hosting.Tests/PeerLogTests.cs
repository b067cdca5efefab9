using Conn.Hosting.Serving;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>A peer that sends nonsense fills no log.</summary>
public sealed class PeerLogTests
{
    [Fact]
    public void So_many_lines_are_logged_in_a_minute_and_the_next_minute_says_how_many_were_left_out()
    {
        using LogLines log = new();
        FakeTimeProvider clock = new();
        PeerLog peers = new(log, clock);
        for (int i = 0; i < PeerLog.MaxLines + 40; i++)
        {
            peers.Write("it sent nonsense");
        }

        Assert.Equal(PeerLog.MaxLines, log.Lines.Count());
        clock.Advance(TimeSpan.FromMinutes(1));
        peers.Write("again");
        Assert.Equal(["40 more lines about connections were left out", "again"], log.Lines.TakeLast(2).Select(static l => l.Text));
    }
}
