using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>A number and an id: the two parts of a name in <c>sets/</c> and <c>restores/</c>.</summary>
internal readonly record struct NumberedId(long Number, SetId Id);
