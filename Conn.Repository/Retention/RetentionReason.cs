using System.Globalization;
using Conn.Repository.Sets;

namespace Conn.Repository.Retention;

/// <summary>Represents one reason why a set is kept.</summary>
/// <param name="Rule">The kind of the reason.</param>
/// <param name="Owner">Name of the owner whose part is kept; null when the reason concerns the set as a whole.</param>
public sealed record RetentionReason(RetentionRule Rule, string? Owner = null)
{
    /// <summary>Gets the position among the sets that the rule keeps, from 1, the newest; 0 when the rule does not count.</summary>
    public int Number { get; init; }

    /// <summary>Gets whether the set is kept because it is the owner's oldest one and the rule has kept fewer sets than it may.</summary>
    public bool IsOldest { get; init; }

    /// <summary>Gets the newest kept set that needs this one; null unless the rule is <see cref="RetentionRule.NeededBy"/>.</summary>
    public SetId? NeededBy { get; init; }

    /// <summary>Gets the sequence of <see cref="NeededBy"/>; 0 without one.</summary>
    public long NeededBySequence { get; init; }

    /// <summary>Gets the reason as text without the owner's name in front, for example <c>daily 3</c>.</summary>
    public string Text => Rule switch
    {
        RetentionRule.Within => "within",
        RetentionRule.LastGood => $"last good of {Owner}",
        RetentionRule.NotSuperseded => $"newer than the last good of {Owner}",
        RetentionRule.NeededBy => string.Create(CultureInfo.InvariantCulture, $"needed by {NeededBySequence}"),
        RetentionRule.Held => "held",
        RetentionRule.UnknownMark => "its mark cannot be read or is lost",
        RetentionRule.Future => "in the future",
        RetentionRule.OtherOwner => $"owner {Owner}",
        RetentionRule.Restore => $"restore of {Owner}",
        _ when IsOldest => $"oldest {Word}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Word} {Number}"),
    };

    /// <inheritdoc/>
    public override string ToString() => Text;

    private string Word => Rule.ToString().ToLowerInvariant();
}
