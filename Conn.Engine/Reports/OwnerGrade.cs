namespace Conn.Engine.Reports;

/// <summary>What kind of promise an owner's data carries.</summary>
public enum OwnerGrade
{
    /// <summary>The owner was quiet and handed over nothing of its own; a manager that only keeps data for others is this.</summary>
    Quiesced = 0,

    /// <summary>The owner handed over all of its data.</summary>
    OwnerBase = 1,

    /// <summary>The owner handed over what changed since its own snapshot.</summary>
    OwnerIncrement = 2,

    /// <summary>Other owners, its proxy managers, handed over data of it, before its own if it has any.</summary>
    Proxy = 3,
}
