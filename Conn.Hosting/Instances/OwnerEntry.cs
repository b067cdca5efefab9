using Conn.ActiveBackup;

namespace Conn.Hosting.Instances;

/// <summary>An owner that the builder was given.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Make">Makes it, with the services of its scope.</param>
internal sealed record OwnerEntry(string Name, Func<IServiceProvider, DataOwner> Make);
