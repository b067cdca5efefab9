namespace Conn.Engine.Reports;

/// <summary>What kind of promise an owner's data carries.</summary>
public enum OwnerGrade
{
    /// <summary>The owner was quiet and handed over nothing itself.</summary>
    Quiesced = 0,

    /// <summary>The owner handed over all of its data.</summary>
    OwnerBase = 1,

    /// <summary>The owner handed over what changed since its own snapshot.</summary>
    OwnerIncrement = 2,

    /// <summary>Another owner handed it over.</summary>
    Proxy = 3,
}
