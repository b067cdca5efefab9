using Conn.ActiveBackup;
using Conn.PubSub.Security;

namespace Conn.Testing.Owners;

/// <summary>What of a scripted owner outlives its process: its data, and what it has prepared of a restore.</summary>
/// <remarks>Not thread-safe. Give the same disk to a second owner to play a restarted process.</remarks>
public sealed class ScriptedDisk
{
    /// <summary>The private data, per drive.</summary>
    public IDictionary<DriveNumber, byte[]> Data { get; } = new Dictionary<DriveNumber, byte[]>();

    /// <summary>Data kept for other owners, per owner and drive.</summary>
    public IDictionary<(SecureId Owner, DriveNumber Drive), byte[]> Kept { get; } = new Dictionary<(SecureId Owner, DriveNumber Drive), byte[]>();

    /// <summary>What was prepared and is neither in place nor dropped: by token.</summary>
    internal Dictionary<long, (DriveNumber Drive, byte[]? Data, IReadOnlyList<(SecureId Owner, byte[] Data)> Kept)> Prepared { get; } = [];

    /// <summary>Tokens of what is in place, so that a resumed owner knows.</summary>
    internal HashSet<long> InPlace { get; } = [];

    /// <summary>The next token.</summary>
    internal long NextToken { get; set; } = 1;
}
