using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup;

/// <summary>What the host declares about a data owner before any operation. Every member is checked when the owner is registered.</summary>
/// <param name="Name">The owner's name: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, a letter or digit first; unique in a host.</param>
/// <param name="Sid">The owner's secure id; unique in a host, not 0.</param>
public sealed record DataOwnerRegistration(string Name, SecureId Sid)
{
    private const int MaxNameLength = 64;

    /// <summary>Declares an owner whose id follows from its name.</summary>
    /// <param name="name">The owner's name.</param>
    public DataOwnerRegistration(string name)
        : this(name, SidOf(name))
    {
    }

    /// <summary>Says whether a text can be the name of an owner: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, a letter or digit first.</summary>
    /// <param name="name">The text.</param>
    public static bool IsName(string? name) => name is { Length: > 0 and <= MaxNameLength } && char.IsAsciiLetterOrDigit(name[0])
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>What makes this owner's data, so that a set shows what can restore it; kept beside the data. At most 512 characters. Default: empty.</summary>
    public string Kind { get; init; } = "";

    /// <summary>
    /// Where the data is, a path or another name of the place; kept beside the data. When it is not the stored one, the next backup is a base, and a restore in
    /// place is refused unless the request allows it. At most 4096 characters. Default: empty, which is compared with nothing.
    /// </summary>
    public string Source { get; init; } = "";

    /// <summary>
    /// Version of the layout of the owner's data; raise it when an older owner could not read what you write. Kept beside the data: the next backup after
    /// a change is a base, and a restore of a set with a greater version than this is refused before anything changes. Default: 0.
    /// </summary>
    public uint DataVersion { get; init; }

    /// <summary>The drives the owner has data on; at least one. Default: C.</summary>
    public DriveList Drives { get; init; } = DriveList.Of(DriveNumber.C);

    /// <summary>Whether a set without this owner may be called succeeded. Default: <see cref="OwnerPolicy.Required"/>.</summary>
    public OwnerPolicy Policy { get; init; } = OwnerPolicy.Required;

    /// <summary>Whether the owner can compute increments. Default: true; an owner may still refuse a snapshot.</summary>
    public bool SupportsIncremental { get; init; } = true;

    /// <summary>How long a chain of increments may become before a backup is a base by itself. Default: <see cref="ChainLimits.Default"/>.</summary>
    public ChainLimits ChainLimits { get; init; } = ChainLimits.Default;

    /// <summary>What the owner does: its own data, other owners' data, or both. Default: <see cref="ActiveType.ActiveOnly"/>.</summary>
    public ActiveType ActiveType { get; init; } = ActiveType.ActiveOnly;

    /// <summary>
    /// Owners that keep data for this one, in the order in which they hand over; each <see cref="ActiveType.ActiveAndProxy"/> or
    /// <see cref="ActiveType.ProxyOnly"/>. With any, this owner's backups are always a base, and are restored only with the same managers in the same order.
    /// Default: none.
    /// </summary>
    public IReadOnlyList<SecureId> ProxyManagers { get; init; } = [];

    /// <summary>The smallest section buffer the owner can work with, in bytes; 1 to 1 MiB. Default: 1.</summary>
    public int MinSectionBytes { get; init; } = 1;

    /// <summary>
    /// The most bytes of data that one backup takes of the owner, over all drives; more is the owner's failure with <see cref="ErrorCode.TooBig"/>,
    /// before it fills the storage for everybody. 1 or more. Default: no limit but the storage.
    /// </summary>
    public long MaxDataBytes { get; init; } = long.MaxValue;

    /// <summary>The most bytes of a new snapshot, over all drives; as <see cref="MaxDataBytes"/>. 1 or more. Default: 1 GiB.</summary>
    public long MaxSnapshotBytes { get; init; } = 1L << 30;

    /// <summary>
    /// How long the owner may be silent inside a callback: 1 ms to 24 days, or <see cref="Timeout.InfiniteTimeSpan"/> for no limit; null, the default, for the
    /// engine's <c>NoProgressTimeout</c>.
    /// </summary>
    public TimeSpan? NoProgressTimeout { get; init; }

    /// <summary>Owners that must be restored before this one. Default: none.</summary>
    public IReadOnlyList<SecureId> RestoreAfter { get; init; } = [];

    /// <summary>Derives the id of an owner from its name, as the tool does. Stored sets are found by it, so it never changes.</summary>
    /// <param name="name">The owner's name.</param>
    /// <returns>The first four bytes of the SHA-256 of the name in UTF-8, as a big-endian number; 1 in place of 0.</returns>
    public static SecureId SidOf(string name)
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return new SecureId(value == 0 ? 1 : value);
    }
}
