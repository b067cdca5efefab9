using Conn.PubSub;
using Conn.PubSub.Extensions;

namespace Conn.Testing.Suites.Bus;

/// <summary>What the suites of persisted properties share: a folder for a file, and stores that use it.</summary>
public abstract class PersistenceSuite : PropertyStoreSuite
{
    private readonly List<DirectoryInfo> _folders = [];

    /// <summary>Makes an empty folder, deleted with the suite, and returns the place of a file in it.</summary>
    /// <returns>The path of a file that does not exist yet.</returns>
    protected string NewPath()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("conn-bus-");
        _folders.Add(folder);
        return Path.Combine(folder.FullName, "bus");
    }

    /// <summary>Makes a definition that every client may use, and that is kept.</summary>
    /// <param name="type">Its type.</param>
    /// <returns>The definition.</returns>
    protected static PropertyDefinition Kept(PropertyType type = PropertyType.Int) => Open(type) with { Lifetime = PropertyLifetime.Persisted };

    /// <summary>Makes a store on a file, on the scheduler of the suite.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The store.</returns>
    protected ValueTask<IPropertyStore> OpenStoreAsync(PropertyFile file) => NewStoreAsync(new PropertyStoreOptions
    {
        Scheduler = Scheduler, ObserverFailed = Failures.Add, Persistence = file,
    });

    /// <inheritdoc cref="OpenStoreAsync(PropertyFile)"/>
    protected ValueTask<IPropertyStore> OpenStoreAsync(string file) => OpenStoreAsync(new PropertyFile(file));

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folders.ForEach(static f => f.Delete(recursive: true));
        GC.SuppressFinalize(this);
    }
}
