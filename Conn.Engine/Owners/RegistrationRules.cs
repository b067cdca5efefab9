using System.Text.RegularExpressions;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Timing;
using Conn.PubSub.Security;
using Conn.Repository;

namespace Conn.Engine.Owners;

/// <summary>What a registration must be, checked where it is given, so that nothing of it is refused in the middle of an operation.</summary>
internal static partial class RegistrationRules
{
    private const int MaxKindLength = 512;
    private const int MaxSourceLength = 4096;
    private const int MaxNamed = 1000;

    /// <summary>Refuses a registration with a member out of its range.</summary>
    /// <exception cref="ConnException">Argument: the message names the member and its range.</exception>
    public static void Check(DataOwnerRegistration registration)
    {
        if (Fault(registration) is { } fault)
        {
            throw new ConnException(ErrorCode.Argument, $"An owner cannot be registered: {fault}.");
        }
    }

    /// <summary>Copies a list of ids, so far as its length can be legal. Null stays null, which is refused.</summary>
    public static IReadOnlyList<SecureId> Copy(IReadOnlyList<SecureId>? ids) => ids is null ? null! : [.. ids.Take(MaxNamed + 1)];

    /// <summary>Whether a text can be stored: of a length in its range, and without half of a surrogate pair.</summary>
    public static bool IsText(string? text, int least, int most) => text is not null && text.Length >= least && text.Length <= most && !LoneSurrogate().IsMatch(text);

    private static string? Fault(DataOwnerRegistration r) =>
        !DataOwnerRegistration.IsName(r.Name) ? "Name must be 1 to 64 of A-Z a-z 0-9 . _ -, a letter or a digit first"
        : r.Sid.Value == 0 || r.Sid == SecureId.Engine ? $"Sid of owner {r.Name} is {r.Sid}; it must be neither 0 nor the engine's own id"
        : !IsText(r.Kind, 0, MaxKindLength) ? $"Kind of owner {r.Name} must be valid Unicode text of at most {MaxKindLength} characters"
        : !IsText(r.Source, 0, MaxSourceLength) ? $"Source of owner {r.Name} must be valid Unicode text of at most {MaxSourceLength} characters"
        : r.Drives.Count == 0 ? $"Drives of owner {r.Name} must name at least one drive from A to Z"
        : !Enum.IsDefined(r.Policy) ? $"Policy of owner {r.Name} is {(int)r.Policy}, which is none of {string.Join(", ", Enum.GetNames<OwnerPolicy>())}"
        : !Enum.IsDefined(r.ActiveType) ? $"ActiveType of owner {r.Name} is {(int)r.ActiveType}, which is none of {string.Join(", ", Enum.GetNames<ActiveType>())}"
        : r.MinSectionBytes is < 1 or > RepositoryOptions.MaxSectionBytes ? $"MinSectionBytes of owner {r.Name} is {r.MinSectionBytes}; it must be 1 to {RepositoryOptions.MaxSectionBytes}"
        : r.MaxDataBytes < 1 ? $"MaxDataBytes of owner {r.Name} is {r.MaxDataBytes}; it must be 1 or more"
        : r.MaxSnapshotBytes < 1 ? $"MaxSnapshotBytes of owner {r.Name} is {r.MaxSnapshotBytes}; it must be 1 or more"
        : r.ChainLimits is not { MaxIncrements: >= 0, MaxPercent: >= 0 } limits || limits.MaxAge <= TimeSpan.Zero
            ? $"ChainLimits of owner {r.Name} must be a number of increments and of percent of 0 or more, and an age greater than zero"
        : r.NoProgressTimeout is { } timeout && Durations.Fault(timeout, mayBeInfinite: true) is { } fault ? $"NoProgressTimeout of owner {r.Name} {fault}"
        : FaultOf(r, nameof(r.ProxyManagers), r.ProxyManagers) ?? FaultOf(r, nameof(r.RestoreAfter), r.RestoreAfter);

    private static string? FaultOf(DataOwnerRegistration r, string member, IReadOnlyList<SecureId> named) =>
        named is null || named.Count > MaxNamed || named.Any(s => s.Value == 0) || named.Distinct().Count() < named.Count
            ? $"{member} of owner {r.Name} must name at most {MaxNamed} owners, each once, by its id; 0 is no id" : null;

    [GeneratedRegex(@"[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]")]
    private static partial Regex LoneSurrogate();
}
