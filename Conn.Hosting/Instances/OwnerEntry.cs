using Conn.ActiveBackup;

namespace Conn.Hosting.Instances;

/// <summary>An owner that the builder was given.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Places">The files and folders that are its own.</param>
/// <param name="Make">Makes it, with the services of its scope and the places of everybody else.</param>
internal sealed record OwnerEntry(string Name, IReadOnlyList<string> Places, Func<IServiceProvider, IReadOnlyList<string>, DataOwner> Make);
