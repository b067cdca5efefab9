using Conn.Cli.Output;
using Conn.Engine.Reports;

namespace Conn.Cli.Verbs;

/// <summary>What every verb is given: where it talks, who watches it, and what interrupts it.</summary>
/// <param name="Terminal">Where results and messages go.</param>
/// <param name="OnProgress">Told of each step of an operation, synchronously; or null.</param>
/// <param name="Interrupted">Ctrl-C and SIGTERM.</param>
internal sealed record VerbContext(Terminal Terminal, Action<OperationProgress>? OnProgress, CancellationToken Interrupted);
