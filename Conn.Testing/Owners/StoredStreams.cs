using Conn.ActiveBackup;

namespace Conn.Testing.Owners;

/// <summary>What one backup of one owner stored: the data of every drive, its snapshot, and what the owner's data looked like then.</summary>
/// <param name="Data">The bytes of each drive.</param>
/// <param name="Snapshots">The snapshot of each drive; a drive whose owner keeps none is absent.</param>
/// <param name="Image">The owner's image at that time.</param>
/// <param name="Parent">The backup that the bytes continue: the owner had taken its snapshot. Null for a base.</param>
internal sealed record StoredStreams(
    IReadOnlyDictionary<DriveNumber, byte[]> Data, IReadOnlyDictionary<DriveNumber, byte[]> Snapshots, string Image, StoredStreams? Parent)
{
    /// <summary>Gets whether the bytes continue a parent's.</summary>
    public bool IsIncrement => Parent is not null;

    /// <summary>Gets what a restore is given: the base, and every increment up to this one.</summary>
    public IReadOnlyList<StoredStreams> Chain => Parent is null ? [this] : [.. Parent.Chain, this];

    /// <summary>Makes the same with other data.</summary>
    /// <param name="change">Makes the new bytes of a drive.</param>
    /// <returns>The changed streams.</returns>
    public StoredStreams WithData(Func<byte[], byte[]> change) => this with { Data = Data.ToDictionary(d => d.Key, d => change(d.Value)) };

    /// <summary>Makes the same with other snapshots.</summary>
    /// <param name="change">Makes the new snapshot of a drive.</param>
    /// <returns>The changed streams.</returns>
    public StoredStreams WithSnapshots(Func<byte[], byte[]> change) => this with { Snapshots = Snapshots.ToDictionary(d => d.Key, d => change(d.Value)) };
}
