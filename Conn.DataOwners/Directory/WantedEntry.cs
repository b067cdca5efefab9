using Conn.ActiveBackup.Content;

namespace Conn.DataOwners.Directory;

/// <summary>A file or link whose content is looked for.</summary>
internal sealed class WantedEntry(ContentEntry entry)
{
    /// <summary>What is made of the content.</summary>
    internal ContentEntry Entry => entry;

    /// <summary>Another entry with the same content; null for none.</summary>
    internal WantedEntry? Also { get; set; }

    /// <summary>How often the stream takes the file back before it has it whole.</summary>
    internal int Discards { get; set; }

    /// <summary>Gets the streams that hold parts of its content, newest first; empty when one stream holds all of it.</summary>
    internal List<ContentLayer> Layers { get; } = [];

    /// <summary>How often it has begun in the scan that takes the content.</summary>
    internal int Seen { get; set; }
}
