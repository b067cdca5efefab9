namespace Conn.Engine.Owners;

/// <summary>How long an engine waits, and how often it asks again; validated copies of the engine's options.</summary>
/// <param name="NoProgressTimeout">How long an owner may be silent inside a call; infinite for no limit.</param>
/// <param name="ReadinessTimeout">How long an owner may take to connect and confirm; infinite for no limit.</param>
/// <param name="AbortTimeout">How long a Terminate is waited for.</param>
/// <param name="MaxEmptySections">How many empty, unfinished sections in a row are asked again.</param>
internal sealed record EngineLimits(TimeSpan NoProgressTimeout, TimeSpan ReadinessTimeout, TimeSpan AbortTimeout, int MaxEmptySections);
