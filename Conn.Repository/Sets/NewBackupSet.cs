using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Represents a backup set that is to be begun.</summary>
public sealed record NewBackupSet
{
    /// <summary>Gets the time of the set. The default, null, is the current time of the repository's clock.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Gets whether no increment may continue the set. The default is false.</summary>
    public bool CopyOnly { get; init; }

    /// <summary>Gets the name of the machine whose data it is. At most 256 characters; the default is empty.</summary>
    public string Host { get; init; } = "";

    /// <summary>Gets words of the user by which the set can be found: at most 64, each of 1 to 256 characters. The default is none.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <exception cref="ArgumentException">A member is out of range.</exception>
    internal void Validate(string parameter)
    {
        StoredText.Require(Host, 0, FormatLimits.MaxNameLength, nameof(Host), parameter);
        if (Tags is null || Tags.Count > FormatLimits.MaxTags)
        {
            throw new ArgumentException($"{nameof(Tags)} must be at most {FormatLimits.MaxTags} texts.", parameter);
        }

        foreach (string tag in Tags)
        {
            StoredText.Require(tag, 1, FormatLimits.MaxNameLength, nameof(Tags), parameter);
        }
    }
}
