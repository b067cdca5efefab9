namespace Conn.Repository.Format;

/// <summary>A record that is stored as a file. <see cref="RecordFile"/> writes it, and decodes it with its own reader before it counts as written.</summary>
internal interface IStoredRecord<TSelf>
    where TSelf : IStoredRecord<TSelf>
{
    /// <summary>Encodes the record.</summary>
    byte[] Seal();

    /// <summary>Decodes a record.</summary>
    /// <exception cref="RepositoryException">Damaged, NewerFormat.</exception>
    static abstract TSelf Open(ReadOnlyMemory<byte> record);

    /// <summary>Compares all members by value.</summary>
    bool IsSameAs(TSelf other);
}
