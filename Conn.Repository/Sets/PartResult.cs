namespace Conn.Repository.Sets;

/// <summary>Represents the result with which a part ends. Longer texts and lists are shortened, and then end with an ellipsis or a count.</summary>
public sealed record PartResult
{
    /// <summary>The longest text that is stored, in characters.</summary>
    public const int MaxTextLength = 4096;

    /// <summary>The most notes, and the most errors, that are stored.</summary>
    public const int MaxTexts = 10_000;

    /// <summary>The most characters of all notes, and of all errors, that are stored.</summary>
    public const int MaxTextsLength = 1 << 20;

    /// <summary>Gets the outcome: Succeeded or Incomplete for a completed part, Skipped or Failed for an abandoned one.</summary>
    public required PartOutcome Outcome { get; init; }

    /// <summary>Gets the error code of the owner. The default, 0, is no error.</summary>
    public int ErrorCode { get; init; }

    /// <summary>Gets the type. The default is <see cref="PartType.Base"/>.</summary>
    /// <remarks>
    /// A part that was begun with a parent is completed as <see cref="PartType.Increment"/>, a part without a parent as any other type.
    /// If a part with a parent is abandoned, it may have any type; its parent is recorded for an increment only.
    /// </remarks>
    public PartType Type { get; init; }

    /// <summary>Gets the reason for the type. The default is empty.</summary>
    public string Why { get; init; } = "";

    /// <summary>Gets remarks that are not errors. The default is none.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Gets the errors. The default is none.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>Gets how long the owner was held prepared, in milliseconds: 0 or more.</summary>
    public long HeldMilliseconds { get; init; }

    /// <summary>Gets the size of all data of the owner as a restore writes it, in bytes. The default, -1, is unknown.</summary>
    public long TotalBytes { get; init; } = -1;

    /// <exception cref="ArgumentException">A member is out of range.</exception>
    internal void Validate(bool isCompleted, bool hasParent, string parameter)
    {
        if (isCompleted ? Outcome is not (PartOutcome.Succeeded or PartOutcome.Incomplete) : Outcome is not (PartOutcome.Skipped or PartOutcome.Failed))
        {
            string range = isCompleted ? "Succeeded or Incomplete for a completed part" : "Skipped or Failed for an abandoned part";
            throw new ArgumentException($"{nameof(Outcome)} must be {range}, not {Outcome}.", parameter);
        }

        bool typeAgrees = Type switch
        {
            PartType.Increment => hasParent,
            PartType.Base or PartType.Quiesced or PartType.Proxied => !hasParent || !isCompleted,
            _ => false,
        };
        if (!typeAgrees)
        {
            throw new ArgumentException(
                $"{nameof(Type)} must be Increment for a part with a parent, and Base, Quiesced or Proxied for a part without one, not {Type}.", parameter);
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

        if (TotalBytes < -1)
        {
            throw new ArgumentException($"{nameof(TotalBytes)} must be -1 or more, not {TotalBytes}.", parameter);
        }
    }
}
