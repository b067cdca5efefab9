using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.PubSub.Security;
using Conn.Testing.Owners;

namespace Conn.Testing.Simulation;

/// <summary>One owner of a run: its process that comes and goes, its data that stays, and what the simulation knows of both.</summary>
internal sealed class SimulatedOwner(int number, PlannedOwner plan, DataOwnerSubject subject)
{
    public int Number { get; } = number;

    public string Name { get; } = $"owner{number}";

    public SecureId Sid { get; } = new(0x30000001u + (uint)number);

    public PlannedOwner Plan { get; } = plan;

    public DataOwnerSubject Subject { get; } = subject;

    /// <summary>Null when its process is not running.</summary>
    public DataOwnerParticipant? Participant { get; set; }

    /// <summary>The callbacks of its present process.</summary>
    public SimulatedClient? Callbacks { get; set; }

    /// <summary>Its connection in the present operation, once it prepared.</summary>
    public ActiveBackupClient? Connection { get; set; }

    /// <summary>True in an operation in which something went wrong with it.</summary>
    public bool Faulted { get; set; }

    /// <summary>True in an operation in which it may well seem silent to the engine.</summary>
    public bool MayTimeOut { get; set; }

    /// <summary>Codes with which it failed in the present operation; the report must name one of them.</summary>
    public List<int> Codes { get; } = [];

    /// <summary>True while its preparation runs.</summary>
    public bool IsPreparing { get; set; }

    /// <summary>True when its process must be replaced before the next operation: it hangs, or died.</summary>
    public bool MustRestart { get; set; }

    /// <summary>What passed in the present operation.</summary>
    public Dictionary<DriveNumber, StreamRecord> Streams { get; } = [];

    /// <summary>Its data as it must be.</summary>
    public Dictionary<DriveNumber, string> Images { get; } = [];

    /// <summary>The set its next increment continues, as it must be.</summary>
    public string? Parent { get; set; }

    /// <summary>What its data may yet become: a decided restore that the engine gave up waiting for.</summary>
    public IReadOnlyDictionary<DriveNumber, string>? Late { get; set; }

    /// <summary>The set of a decided restore that waits to be rolled forward.</summary>
    public string? Pending { get; set; }

    public StreamRecord Stream(DriveNumber drive)
    {
        if (!Streams.TryGetValue(drive, out StreamRecord? record))
        {
            Streams[drive] = record = new StreamRecord();
        }

        return record;
    }

    /// <summary>Looks at the data.</summary>
    public Dictionary<DriveNumber, string> Look() => Subject.Drives.ToDictionary(d => d, Subject.Image);

    public void Expect(IReadOnlyDictionary<DriveNumber, string> images)
    {
        foreach ((DriveNumber drive, string image) in images)
        {
            Images[drive] = image;
        }
    }
}
