using System.Text.Json;
using Conn.ActiveBackup;

namespace Snippets;

public sealed class CatalogOwner(ICatalog catalog, string path) : StagedFileOwner("catalog", path)
{
    // A backup: what is only in memory is written first.
    protected override async ValueTask<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        await catalog.SaveAsync(cancellationToken);
        return await base.OpenAsync(cancellationToken);
    }

    // A restore, before its commit: content that is not JSON is refused, and nothing changes anywhere.
    protected override async ValueTask CheckAsync(Stream staged, CancellationToken cancellationToken)
    {
        using JsonDocument document = await JsonDocument.ParseAsync(staged, cancellationToken: cancellationToken);
    }

    // A restore, after its commit: the new file is in place.
    protected override async ValueTask OnReplacedAsync(CancellationToken cancellationToken) => await catalog.LoadAsync(cancellationToken);
}
