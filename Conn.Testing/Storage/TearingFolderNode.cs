namespace Conn.Testing.Storage;

/// <summary>A folder: its entries as programs see them, and as they would be found after a power loss.</summary>
internal sealed class TearingFolderNode : TearingNode
{
    public SortedDictionary<string, TearingNode> Seen { get; private set; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, TearingNode> Durable { get; } = new(StringComparer.Ordinal);

    /// <summary>What survived becomes what is seen, here and below.</summary>
    public void Reboot(Random random)
    {
        Seen = new SortedDictionary<string, TearingNode>(Durable, StringComparer.Ordinal);
        foreach (var node in Durable.Values)
        {
            switch (node)
            {
                case TearingFolderNode folder:
                    folder.Reboot(random);
                    break;
                case TearingFileNode file:
                    file.Reboot(random);
                    break;
                default:
                    throw new InvalidOperationException("A node is a file or a folder.");
            }
        }
    }
}
