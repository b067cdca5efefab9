using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>What a part is begun with.</summary>
public sealed record NewOwnerPart
{
    /// <summary>Name of the owner: 1 to 256 characters.</summary>
    public required string Name { get; init; }

    /// <summary>What makes the owner's data, a word of the host's: it tells who can restore it. At most 512 characters; empty by default.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Version of the layout of the owner's data, a number of the owner's own. Default: 0.</summary>
    public uint DataVersion { get; init; }

    /// <summary>Secure id of the owner; once per set.</summary>
    public required uint Sid { get; init; }

    /// <summary>The part it continues (an increment); null = a base. Its snapshot sections are not stored twice.</summary>
    public OwnerPart? Parent { get; init; }

    /// <exception cref="ArgumentException">A member is out of range.</exception>
    internal void Validate(string parameter)
    {
        StoredText.Require(Name, 1, FormatLimits.MaxNameLength, nameof(Name), parameter);
        StoredText.Require(Kind, 0, FormatLimits.MaxKindLength, nameof(Kind), parameter);
    }
}
