namespace Conn.SystemCalls;

/// <summary>What an error of the file system means to a caller.</summary>
internal enum FileFault
{
    Other,
    NotFound,
    NotPermitted,
    Full,
    InUse,
    NoMemory,
}
