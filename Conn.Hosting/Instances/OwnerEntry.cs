using Conn.ActiveBackup;

namespace Conn.Hosting.Instances;

/// <summary>An owner that the builder was given.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Make">Makes it, with the services of its scope; null for an owner of another process.</param>
/// <param name="Registration">What it is registered with; null for what it says itself.</param>
internal sealed record OwnerEntry(string Name, Func<IServiceProvider, IActiveBackupDataClient>? Make, DataOwnerRegistration? Registration = null)
{
    /// <summary>Makes an owner of this process, and checks that it has the name.</summary>
    /// <exception cref="InvalidOperationException">It has another one.</exception>
    public (IActiveBackupDataClient Owner, DataOwnerRegistration Registration) MakeIn(IServiceProvider scope)
    {
        IActiveBackupDataClient owner = Make!(scope);
        DataOwnerRegistration registration = Registration ?? ((DataOwner)owner).Registration;
        return registration.Name == Name ? (owner, registration) : throw new InvalidOperationException(
            $"The owner that was added as {Name} calls itself {registration.Name}. Give its constructor the name, or add it under the name that it has.");
    }
}
