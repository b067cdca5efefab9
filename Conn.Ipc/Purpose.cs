namespace Conn.Ipc;

/// <summary>What a connection is for.</summary>
internal enum Purpose : ushort
{
    /// <summary>The state bus.</summary>
    Bus = 1,

    /// <summary>One session of one data owner.</summary>
    Owner = 2,

    /// <summary>The sections of an owner session; the token names it.</summary>
    Sections = 3,

    /// <summary>Requests to the host.</summary>
    Requests = 4,

    /// <summary>Questions to one data owner outside of operations.</summary>
    Plans = 5,
}
