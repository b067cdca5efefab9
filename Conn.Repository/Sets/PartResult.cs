namespace Conn.Repository.Sets;

/// <summary>How the part of one owner ended, in the engine's words. Longer lists and texts are cut, and say so.</summary>
public sealed record PartResult
{
    /// <summary>The longest text kept, in characters.</summary>
    public const int MaxTextLength = 4096;

    /// <summary>The most notes, and the most errors, kept.</summary>
    public const int MaxTexts = 10_000;

    /// <summary>The most characters of all notes, and of all errors, kept.</summary>
    public const int MaxTextsLength = 1 << 20;

    /// <summary>How it ended: Succeeded or Incomplete with Complete, Skipped or Failed with Abandon.</summary>
    public required PartOutcome Outcome { get; init; }

    /// <summary>The owner's error code; 0 = none.</summary>
    public int ErrorCode { get; init; }

    /// <summary>What the part holds. <see cref="PartType.Base"/> by default; <see cref="PartType.Increment"/> if and only if the part was begun with a parent.</summary>
    /// <remarks>An abandoned part that was begun with a parent may have any type; its parent is recorded for an increment only.</remarks>
    public PartType Type { get; init; }

    /// <summary>Why it was done this way; empty by default.</summary>
    public string Why { get; init; } = "";

    /// <summary>Remarks; none by default.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What went wrong; none by default.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>How long the owner was held prepared, in milliseconds, 0 or more.</summary>
    public long HeldMilliseconds { get; init; }

    /// <exception cref="ArgumentException">A member is out of range.</exception>
    internal void Validate(bool hasParent, string parameter)
    {
        bool isStored = Outcome is PartOutcome.Succeeded or PartOutcome.Incomplete;
        bool agrees = Type switch
        {
            PartType.Increment => hasParent,
            PartType.Base or PartType.Quiesced or PartType.Proxied => !hasParent || !isStored,
            _ => false,
        };
        if (!agrees)
        {
            throw new ArgumentException(
                $"{nameof(Type)} must be {PartType.Increment} for a part with a parent, and {PartType.Base}, {PartType.Quiesced} or {PartType.Proxied} for one without; it is {Type}.", parameter);
        }

        if (Why is null)
        {
            throw new ArgumentException($"{nameof(Why)} must not be null.", parameter);
        }

        if (Notes is null || Notes.Contains(null!) || Errors is null || Errors.Contains(null!))
        {
            throw new ArgumentException($"{nameof(Notes)} and {nameof(Errors)} must be lists without null.", parameter);
        }

        if (HeldMilliseconds < 0)
        {
            throw new ArgumentException($"{nameof(HeldMilliseconds)} must be 0 or more, not {HeldMilliseconds}.", parameter);
        }
    }
}
