using Conn.Engine.Owners;

namespace Conn.Engine.Operations;

/// <summary>What a request must be, checked before anything changes.</summary>
internal static class RequestRules
{
    private const int MaxNameLength = 256;
    private const int MaxTags = 64;

    /// <exception cref="ArgumentException">A member is out of its range; the message names it.</exception>
    public static void Check(BackupRequest request)
    {
        ArgumentNullException.ThrowIfNull(request.Repository);
        CheckHolder(request.Holder);
        Require(RegistrationRules.IsText(request.Host, 0, MaxNameLength), nameof(request.Host), $"valid Unicode text of at most {MaxNameLength} characters");
        Require(
            request.Tags is { Count: <= MaxTags } && request.Tags.All(t => RegistrationRules.IsText(t, 1, MaxNameLength)),
            nameof(request.Tags), $"at most {MaxTags} texts of 1 to {MaxNameLength} characters");
        if (!Enum.IsDefined(request.Choice))
        {
            throw new ArgumentOutOfRangeException(nameof(request), request.Choice, $"Choice must be one of {string.Join(", ", Enum.GetNames<BackupChoice>())}.");
        }
    }

    /// <exception cref="ArgumentException">A member is out of its range; the message names it.</exception>
    public static void Check(RestoreRequest request)
    {
        ArgumentNullException.ThrowIfNull(request.Repository);
        ArgumentNullException.ThrowIfNull(request.Set);
        CheckHolder(request.Holder);
    }

    private static void CheckHolder(string holder) =>
        Require(RegistrationRules.IsText(holder, 1, MaxNameLength), "Holder", $"valid Unicode text of 1 to {MaxNameLength} characters");

    private static void Require(bool isLegal, string member, string range)
    {
        if (!isLegal)
        {
            throw new ArgumentException($"{member} must be {range}.", member);
        }
    }
}
