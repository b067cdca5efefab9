namespace Conn.Engine.Owners;

/// <summary>How long an engine waits, how often it asks again, and how many owners get ready at once; validated copies of the engine's options.</summary>
/// <param name="NoProgressTimeout">How long an owner may be silent inside a call; infinite for no limit.</param>
/// <param name="ReadinessTimeout">How long an owner may take to connect and confirm; infinite for no limit.</param>
/// <param name="AbortTimeout">How long a Terminate is waited for.</param>
/// <param name="MaxEmptySections">How many empty, unfinished sections in a row are asked again.</param>
/// <param name="MaxPreparing">How many owners the engine asks at once while they get ready.</param>
internal sealed record EngineLimits(TimeSpan NoProgressTimeout, TimeSpan ReadinessTimeout, TimeSpan AbortTimeout, int MaxEmptySections, int MaxPreparing);
