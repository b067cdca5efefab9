using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Engine;

namespace Conn.Cli.Verbs;

/// <summary>What every verb is given: where it writes, who follows its steps, and what interrupts it.</summary>
/// <param name="Terminal">Where results and messages go.</param>
/// <param name="OnProgress">Called for each step of an operation, synchronously; or null.</param>
/// <param name="Interrupted">Ctrl-C, SIGTERM and SIGHUP.</param>
internal sealed record VerbContext(Terminal Terminal, Action<OperationProgress>? OnProgress, CancellationToken Interrupted)
{
    /// <summary>Gets or sets what SIGHUP does instead of interrupting; null, the default, for nothing else.</summary>
    public Action? OnHangUp { get; set; }

    /// <summary>Gets or sets where the key of an encrypted repository comes from.</summary>
    public KeySource Key { get; set; } = KeySource.None;
}
