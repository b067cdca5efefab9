namespace Conn.ActiveBackup.Content;

/// <summary>What a <see cref="ContentPiece"/> is.</summary>
public enum ContentPieceKind
{
    /// <summary>Unknown; never returned.</summary>
    None = 0,

    /// <summary>An entry begins. A file's content follows in further pieces; every other entry is complete.</summary>
    Entry = 1,

    /// <summary>The next bytes of the file.</summary>
    Data = 2,

    /// <summary>A hole: a run of zeros that need not be stored.</summary>
    Hole = 3,

    /// <summary>The file is complete, and its content was checked.</summary>
    End = 4,
}
