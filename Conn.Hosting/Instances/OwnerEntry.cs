using Conn.ActiveBackup;

namespace Conn.Hosting.Instances;

/// <summary>An owner that the builder was given.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Make">Makes it, with the services of its scope.</param>
internal sealed record OwnerEntry(string Name, Func<IServiceProvider, DataOwner> Make)
{
    /// <summary>Makes the owner, and checks that it has the name.</summary>
    /// <exception cref="InvalidOperationException">It has another one.</exception>
    public DataOwner MakeIn(IServiceProvider scope)
    {
        DataOwner owner = Make(scope);
        return owner.Name == Name ? owner : throw new InvalidOperationException(
            $"The owner that was added as {Name} calls itself {owner.Name}. Give its constructor the name, or add it under the name that it has.");
    }
}
