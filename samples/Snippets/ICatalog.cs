namespace Snippets;

/// <summary>A program whose data is one JSON file.</summary>
public interface ICatalog
{
    Task SaveAsync(CancellationToken cancellationToken);

    Task LoadAsync(CancellationToken cancellationToken);
}
