using Conn.ActiveBackup;
using Conn.Engine.Owners;

namespace Conn.Engine.Operations;

/// <summary>Counts what was handed over of one owner in a backup, by itself and by its managers, and refuses what is beyond the bounds of its
/// registration.</summary>
internal sealed class HandedOver(Operation operation, RegisteredOwner owner)
{
    private long _bytes;
    private long _snapshotBytes;
    private long _expected;

    /// <summary>The bytes of data that were counted.</summary>
    public long Bytes => _bytes;

    /// <summary>Reports a phase of the owner with what was counted so far.</summary>
    public void Report(OperationPhase phase) => operation.Report(phase, owner.Name, _bytes, _expected);

    /// <summary>Adds an estimate. It may be wrong by any factor; one that is unknown makes the sum unknown.</summary>
    public void Expect(long size) => _expected = _expected < 0 || size < 0 ? -1 : (long)Math.Min((ulong)_expected + (ulong)size, long.MaxValue);

    /// <summary>Counts a section of data.</summary>
    /// <param name="source">The owner, or a manager of it.</param>
    /// <param name="bytes">Its length.</param>
    /// <exception cref="DataOwnerException">TooBig, in the name of the source.</exception>
    public void CountData(RegisteredOwner source, int bytes)
    {
        _bytes += bytes;
        Bound(source, _bytes, owner.Registration.MaxDataBytes, nameof(DataOwnerRegistration.MaxDataBytes));
        Report(OperationPhase.Section);
    }

    /// <summary>Counts a section of the new snapshot.</summary>
    /// <exception cref="DataOwnerException">TooBig.</exception>
    public void CountSnapshot(int bytes)
    {
        _snapshotBytes += bytes;
        Bound(owner, _snapshotBytes, owner.Registration.MaxSnapshotBytes, nameof(DataOwnerRegistration.MaxSnapshotBytes));
    }

    /// <summary>Refuses too much of the owner's data, in the name of whoever handed it over: a manager that goes too far fails with all it serves.</summary>
    private void Bound(RegisteredOwner source, long bytes, long most, string member)
    {
        if (bytes > most)
        {
            string whose = source == owner ? "" : $" of owner {owner.Name}";
            throw new DataOwnerException(source.Name, ErrorCode.TooBig,
                $"Owner {source.Name} handed over {bytes} bytes{whose}; the registration of {owner.Name} allows {most} ({member}). "
                + "Raise the bound if the data is meant to be so large.");
        }
    }
}
