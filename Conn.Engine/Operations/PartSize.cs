using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>The size of an owner's data as far as a set says it.</summary>
internal static class PartSize
{
    /// <summary>Gets the size of all data of the owner in bytes: what the owner said, else what a base holds; -1 when neither is known.</summary>
    public static long Of(OwnerPart part) => part.TotalBytes >= 0 ? part.TotalBytes : part.Type == PartType.Base ? part.Bytes : -1;
}
