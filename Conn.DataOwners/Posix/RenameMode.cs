namespace Conn.DataOwners.Posix;

/// <summary>How a rename treats the new name. The numbers are the kernel's.</summary>
internal enum RenameMode : uint
{
    /// <summary>An existing entry is replaced.</summary>
    Replace = 0,

    /// <summary>An existing entry is an error.</summary>
    KeepExisting = 1,

    /// <summary>Both names exist, and change places in one step.</summary>
    Exchange = 2,
}
