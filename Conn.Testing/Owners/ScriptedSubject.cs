using System.IO.Hashing;
using Conn.ActiveBackup;
using Conn.PubSub.Security;

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
            _disk.Data[drive] = Noise((seed * 31) + drive.Index, _maxBytes);
        }
    }

    /// <inheritdoc/>
    public override void ChangeInPlace(int seed)
    {
        foreach ((DriveNumber drive, byte[] data) in _disk.Data.ToArray())
        {
            byte[] changed = [.. data];
            new Random(seed + drive.Index).NextBytes(changed);
            _disk.Data[drive] = changed;
        }
    }

    /// <inheritdoc/>
    public override void Clear() => _disk.Data.Clear();

    /// <inheritdoc/>
    public override string Image(DriveNumber drive) => Look(_disk.Data.TryGetValue(drive, out byte[]? data) ? data : []);

    /// <summary>The checksum of its own data on a drive.</summary>
    internal uint Checksum(DriveNumber drive) => (uint)XxHash64.HashToUInt64(_disk.Data.TryGetValue(drive, out byte[]? data) ? data : []);

    /// <summary>What it keeps of another owner on a drive, to be compared.</summary>
    internal string ImageOfKept(SecureId owner, DriveNumber drive) => Look(_disk.Kept.TryGetValue((owner, drive), out byte[]? data) ? data : []);

    /// <summary>Changes what it keeps of another owner on a drive; null for nothing kept any more.</summary>
    internal void ChangeKept(SecureId owner, DriveNumber drive, int? seed)
    {
        if (seed is { } number)
        {
            _disk.Kept[(owner, drive)] = Noise((number * 37) + ((int)owner.Value * 41) + drive.Index, _maxBytes);
        }
        else
        {
            _disk.Kept.Remove((owner, drive));
        }
    }

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

    private static string Look(byte[] data) => $"{data.Length} bytes, {XxHash64.HashToUInt64(data):x16}";

    private static byte[] Noise(int seed, int maxBytes)
    {
        Random random = new(seed);
        byte[] data = new byte[1 + random.Next(maxBytes)];
        random.NextBytes(data);
        return data;
    }
}
