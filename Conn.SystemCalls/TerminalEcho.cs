namespace Conn.SystemCalls;

/// <summary>The standard input of a terminal that does not show what is typed, until it is disposed. Not for Windows.</summary>
internal sealed unsafe class TerminalEcho : IDisposable
{
    private const int StandardInput = 0;
    private const int AtOnce = 0;
    private const uint Echo = 8;

    // More than the settings have on any system.
    private const int SettingsBytes = 256;

    private readonly byte[] _before;

    private TerminalEcho(byte[] before) => _before = before;

    // The local flags stand behind three others, which have four bytes each, and eight on macOS.
    private static int LocalFlags => OperatingSystem.IsMacOS() ? 24 : 12;

    /// <summary>Turns the echo off; returns null if standard input is no terminal, or refuses.</summary>
    public static TerminalEcho? TryTurnOff()
    {
        byte[] before = new byte[SettingsBytes];
        fixed (byte* settings = before)
        {
            if (LibC.GetTerminal(StandardInput, settings) != 0)
            {
                return null;
            }
        }

        byte[] quiet = [.. before];
        quiet[LocalFlags] &= unchecked((byte)~Echo);
        return Set(quiet) ? new TerminalEcho(before) : null;
    }

    public void Dispose() => Set(_before);

    private static bool Set(byte[] bytes)
    {
        fixed (byte* settings = bytes)
        {
            return LibC.SetTerminal(StandardInput, AtOnce, settings) == 0;
        }
    }
}
