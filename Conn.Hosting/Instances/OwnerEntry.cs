using Conn.ActiveBackup;

namespace Conn.Hosting.Instances;

/// <summary>An owner that the builder was given.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Make">Makes it, with the services of its scope; null for an owner of another process.</param>
/// <param name="Registration">What it is registered with; null for what it says itself.</param>
internal sealed record OwnerEntry(string Name, Func<IServiceProvider, IActiveBackupDataClient>? Make, DataOwnerRegistration? Registration = null);
