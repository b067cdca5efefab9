
namespace Conn.Engine;

/// <summary>Whether a backup hands over everything or what changed.</summary>
public enum BackupChoice
{
    /// <summary>Each owner an increment when the repository holds a usable snapshot of it, else a base. The default.</summary>
    Auto = 0,

    /// <summary>Every owner a base.</summary>
    Base = 1,

    /// <summary>Every owner an increment; the backup is refused when one needs a base.</summary>
    Increment = 2,
}
