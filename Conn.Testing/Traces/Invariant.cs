namespace Conn.Testing.Traces;

/// <summary>What is checked in and after every simulated operation; each fails with its sentence (<see cref="Invariants"/>).</summary>
public enum Invariant
{
    /// <summary>AlwaysNormal.</summary>
    AlwaysNormal,

    /// <summary>Released.</summary>
    Released,

    /// <summary>Contained.</summary>
    Contained,

    /// <summary>LegalOrder.</summary>
    LegalOrder,

    /// <summary>Serialised.</summary>
    Serialised,

    /// <summary>CurrentMode.</summary>
    CurrentMode,

    /// <summary>SameBytes.</summary>
    SameBytes,

    /// <summary>OldOrNew.</summary>
    OldOrNew,

    /// <summary>AllOrNothing.</summary>
    AllOrNothing,

    /// <summary>Dependencies.</summary>
    Dependencies,

    /// <summary>Outcome.</summary>
    Outcome,

    /// <summary>PromoteOnCommit.</summary>
    PromoteOnCommit,

    /// <summary>Told.</summary>
    Told,

    /// <summary>OnlyParticipants.</summary>
    OnlyParticipants,

    /// <summary>Ordered.</summary>
    Ordered,

    /// <summary>OneCompletion.</summary>
    OneCompletion,

    /// <summary>OneHolder.</summary>
    OneHolder,

    /// <summary>Refused.</summary>
    Refused,

    /// <summary>NoSurprise.</summary>
    NoSurprise,

    /// <summary>AtOnce.</summary>
    AtOnce,

    /// <summary>OwnFault.</summary>
    OwnFault,
}
