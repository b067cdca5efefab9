namespace Conn.Repository.Encryption;

/// <summary>The length and the XXH128 of a file as it is stored, by which damage is found without a key.</summary>
internal readonly record struct StoredSum(string Name, long Bytes, Hash128 Sum);
