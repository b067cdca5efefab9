namespace Conn.Cli.Doctor;

/// <summary>How much a finding matters. The words are part of the output.</summary>
internal enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Backups and restores work, but something needs attention.</summary>
    Warning,

    /// <summary>A backup or a restore fails, or has failed, because of it.</summary>
    Problem,
}
