namespace Conn.Testing.Storage;

/// <summary>A change of folder entries that is not durable yet; a rename is one change, all or nothing.</summary>
internal sealed record TearingChange(TearingNode Node, TearingFolderNode? From, string? FromName, TearingFolderNode? To, string? ToName)
{
    public bool Touches(TearingFolderNode folder) => ReferenceEquals(From, folder) || ReferenceEquals(To, folder);

    public void MakeDurable()
    {
        if (From is not null && From.Durable.TryGetValue(FromName!, out var there) && ReferenceEquals(there, Node))
        {
            From.Durable.Remove(FromName!);
        }

        if (To is not null)
        {
            To.Durable[ToName!] = Node;
        }
    }
}
