namespace Conn.Hosting.Joining;

/// <summary>How a program stands with its daemon.</summary>
internal enum DaemonState
{
    /// <summary>The program does not try to connect: it has not started, or stops.</summary>
    Off = 0,

    /// <summary>No daemon is connected; the program keeps trying.</summary>
    Away = 1,

    /// <summary>The daemon refuses this program; the program keeps trying, with the longest pause.</summary>
    Refused = 2,

    /// <summary>The daemon is connected.</summary>
    Connected = 3,
}
