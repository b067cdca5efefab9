namespace Conn.Testing.Storage;

/// <summary>A file or a folder, whatever it is called at the moment.</summary>
internal abstract class TearingNode
{
}
