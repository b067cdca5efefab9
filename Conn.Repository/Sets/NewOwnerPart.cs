using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Represents a part of a set that is to be begun.</summary>
public sealed record NewOwnerPart
{
    /// <summary>Gets the name of the owner: 1 to 256 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the kind of the owner, a word of the host that says who can restore the data. At most 512 characters; the default is empty.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Gets where the data comes from, a place of the host such as a path. At most 4096 characters; the default is empty.</summary>
    public string Source { get; init; } = "";

    /// <summary>Gets the version of the layout of the owner's data, a number that the owner chooses. The default is 0.</summary>
    public uint DataVersion { get; init; }

    /// <summary>Gets the secure id of the owner; once per set.</summary>
    public required uint Sid { get; init; }

    /// <summary>Gets the part that an increment continues; null for every other type. Snapshot sections that it holds are not stored again.</summary>
    public OwnerPart? Parent { get; init; }

    /// <exception cref="ArgumentException">A member is out of range.</exception>
    internal void Validate(string parameter)
    {
        StoredText.Require(Name, 1, FormatLimits.MaxNameLength, nameof(Name), parameter);
        StoredText.Require(Kind, 0, FormatLimits.MaxKindLength, nameof(Kind), parameter);
        StoredText.Require(Source, 0, FormatLimits.MaxSourceLength, nameof(Source), parameter);
    }
}
