namespace Conn.Testing.Simulation;

/// <summary>What a simulated run can meet. The names are those of the summary.</summary>
public enum FaultKind
{
    /// <summary>A callback takes a while, less than the engine waits.</summary>
    Delay,

    /// <summary>A callback takes much longer than the engine waits, and reports progress.</summary>
    SlowWithProgress,

    /// <summary>A callback never returns, deaf to cancellation.</summary>
    Hang,

    /// <summary>A callback returns only when it is cancelled.</summary>
    HangUntilCancelled,

    /// <summary>A callback returns long after the engine gave up, and does its work then.</summary>
    LateReturn,

    /// <summary>A callback fails with a code of its own, before or after its work.</summary>
    Leave,

    /// <summary>A callback throws what is no error of ours.</summary>
    Throw,

    /// <summary>A callback throws a refusal of the protocol's own type.</summary>
    ThrowRefusal,

    /// <summary>The owner's process dies inside a callback.</summary>
    DieInside,

    /// <summary>The owner disposes its client inside a callback and goes on.</summary>
    DisposeInside,

    /// <summary>Sections without bytes and without an end: a few, or too many.</summary>
    EmptySections,

    /// <summary>A size estimate that is wrong by any factor.</summary>
    WrongSize,

    /// <summary>More bytes claimed than the buffer holds, or less than none.</summary>
    WrongLength,

    /// <summary>The owner asks and confirms inside a callback.</summary>
    ReEnter,

    /// <summary>The owner confirms with an error.</summary>
    Veto,

    /// <summary>The owner's preparation throws.</summary>
    PrepareThrows,

    /// <summary>The owner's preparation takes a while, with or without progress.</summary>
    PrepareSlow,

    /// <summary>The owner's preparation never ends.</summary>
    PrepareHangs,

    /// <summary>The owner is not there at all.</summary>
    Absent,

    /// <summary>The owner comes after the mode was announced.</summary>
    ConnectLate,

    /// <summary>The owner's process dies between callbacks.</summary>
    DieBetween,

    /// <summary>The owner's plan says no to a restore.</summary>
    PlanRefuses,

    /// <summary>The owner's plan gives no answer.</summary>
    PlanHangs,

    /// <summary>A set holds data of the owner, or of a manager of it, in a newer version than it knows.</summary>
    NewerData,

    /// <summary>The requester aborts.</summary>
    Abort,

    /// <summary>A second operation, or a registration, is asked for meanwhile.</summary>
    SecondOperation,

    /// <summary>Observers of the mode and of the progress throw.</summary>
    ObserverThrows,

    /// <summary>The engine stops without a word.</summary>
    EngineDeath,

    /// <summary>The power goes in the middle of a write.</summary>
    PowerLoss,

    /// <summary>No room is left on the storage.</summary>
    FullDisk,

    /// <summary>Another writer holds the repository.</summary>
    RepositoryInUse,

    /// <summary>In the middle of an operation a call outside the table reaches an owner's connection, which must refuse it.</summary>
    IllegalCall,

    /// <summary>An engine that knows no order tries an owner's connection, and steps outside the tables of readiness and modes are tried.</summary>
    RogueEngine,

    /// <summary>A call returns what it must not: null, lists that throw or have no end, too long a token; or throws what cannot be described.</summary>
    Nonsense,

    /// <summary>The owner keeps a buffer that it was given, and writes into it later.</summary>
    LateWrite,

    /// <summary>An async void method that a call has started throws later.</summary>
    AsyncVoid,

    /// <summary>The owner's thread is blocked, for a while or for good.</summary>
    BlockedThread,

    /// <summary>The owner confirms an error in the middle of the operation.</summary>
    LateVeto,

    /// <summary>A call of the storage fails without a loss of power, once or several times in a row.</summary>
    StorageFails,

    /// <summary>An owner is unregistered between two operations, and registered again with other properties.</summary>
    Reregistered,

    /// <summary>The connection of an owner by a simulated socket is cut; the engine may notice it much later.</summary>
    ConnectionLost,

    /// <summary>Bytes of a connection that was cut arrive late, perhaps after those of the next one.</summary>
    LateBytes,

    /// <summary>An owner's process connects a second time while its connection lives; it must be refused.</summary>
    ConnectsTwice,

    /// <summary>A restore names no owners, and the set holds nothing of some that are registered.</summary>
    NoOwnersNamed,
}
