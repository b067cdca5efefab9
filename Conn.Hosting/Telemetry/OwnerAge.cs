using Conn.ActiveBackup;

namespace Conn.Hosting.Telemetry;

/// <summary>How long ago an owner was backed up well.</summary>
/// <param name="Owner">Its name.</param>
/// <param name="Policy">What its failure means.</param>
/// <param name="Age">TimeSpan.MaxValue for never.</param>
internal sealed record OwnerAge(string Owner, OwnerPolicy Policy, TimeSpan Age);
