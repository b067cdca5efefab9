using Conn.ActiveBackup;
using Conn.Testing.Owners;

namespace Conn.Testing.Simulation;

/// <summary>What a simulation runs with. Runs are the same again only with the same options.</summary>
public sealed record SimulationOptions
{
    /// <summary>The most owners of a run, 1 to 30. Default: 5.</summary>
    public int MaxOwners { get; init; } = 5;

    /// <summary>Exactly so many owners, each with both drives and callbacks; 0, the default, for a number that the seed decides.</summary>
    public int Owners { get; init; }

    /// <summary>Exactly so many operations; 0, the default, for a number that the seed decides (2 to 5).</summary>
    public int Operations { get; init; }

    /// <summary>False for runs in which nothing goes wrong. Default: true.</summary>
    public bool Faults { get; init; } = true;

    /// <summary>
    /// Makes the first owner: the author's real one, given the name under which it is registered and its drives; all others are scripted.
    /// Null, the default, for scripted owners only.
    /// </summary>
    public Func<string, DriveList, ValueTask<DataOwnerSubject>>? MakeOwner { get; init; }

    /// <summary>True when the owner that <see cref="MakeOwner"/> makes does real work (files, databases) and awaits it: virtual time stands still meanwhile.
    /// False, the default, for one whose calls only wait by <see cref="DataOwnerSubject.Clock"/>: then it is found if it uses another clock or moves work to other
    /// threads.</summary>
    /// <remarks>The same as <see cref="DataOwnerSubject.RealWork"/> of the subject; one of the two is enough.</remarks>
    public bool RealWork { get; init; }

    /// <summary>True to connect every owner by a simulated socket: messages take time, and connections are cut, also in the middle of a message, are noticed late by
    /// the engine, and are made twice. False, the default, for owners in the process of the engine.</summary>
    public bool Socket { get; init; }

    /// <summary>True to keep every line of the trace; the hash is always made. Default: false.</summary>
    public bool KeepTrace { get; init; }
}
