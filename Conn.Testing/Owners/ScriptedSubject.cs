using System.IO.Hashing;
using Conn.ActiveBackup.Contract;

namespace Conn.Testing.Owners;

/// <summary>A <see cref="ScriptedDataOwner"/> as the subject of a suite or of a simulation: bytes in memory, a process that can die.</summary>
public sealed class ScriptedSubject : DataOwnerSubject
{
    private readonly ScriptedDisk _disk = new();
    private readonly string _name;
    private readonly int _maxBytes;
    private ScriptedDataOwner _owner;

    /// <summary>Makes an owner with known data.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="drives">Its drives.</param>
    /// <param name="maxBytes">The most bytes a change leaves on a drive.</param>
    public ScriptedSubject(string name, DriveList drives, int maxBytes)
    {
        (_name, Drives, _maxBytes) = (name, drives, maxBytes);
        _owner = new ScriptedDataOwner(name, null, _disk);
        Change(0);
    }

    /// <inheritdoc/>
    public override IActiveBackupDataClient Client => _owner;

    /// <inheritdoc/>
    public override DriveList Drives { get; }

    /// <summary>The most bytes the owner puts into one section; default: the whole buffer.</summary>
    public int MaxSectionBytes
    {
        get => _owner.MaxSectionBytes;
        set => _owner.MaxSectionBytes = value;
    }

    /// <inheritdoc/>
    public override void Change(int seed)
    {
        foreach (DriveNumber drive in Drives)
        {
            Random random = new((seed * 31) + drive.Index);
            byte[] data = new byte[1 + random.Next(_maxBytes)];
            random.NextBytes(data);
            _disk.Data[drive] = data;
        }
    }

    /// <inheritdoc/>
    public override void Clear() => _disk.Data.Clear();

    /// <inheritdoc/>
    public override string Image(DriveNumber drive) => _disk.Data.TryGetValue(drive, out byte[]? data)
        ? $"{data.Length} bytes, {XxHash64.HashToUInt64(data):x16}" : "0 bytes, ef46db3751d8e999";

    /// <inheritdoc/>
    public override string? Held() => _owner.Holds ? $"Owner {_name} has a stream open, or something staged." : null;

    /// <inheritdoc/>
    public override ValueTask ReopenAsync()
    {
        _owner.Dispose();
        _owner = new ScriptedDataOwner(_name, null, _disk) { MaxSectionBytes = MaxSectionBytes };
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _owner.Dispose();
        return base.DisposeAsync();
    }
}
