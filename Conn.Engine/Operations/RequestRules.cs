using Conn.Engine.Owners;

namespace Conn.Engine.Operations;

/// <summary>What a request must be, checked before anything changes.</summary>
internal static class RequestRules
{
    private const int MaxHolderLength = 256;

    /// <exception cref="ArgumentException">A member is out of its range; the message names it.</exception>
    public static void Check(BackupRequest request)
    {
        ArgumentNullException.ThrowIfNull(request.Repository);
        CheckHolder(request.Holder);
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

    private static void CheckHolder(string holder)
    {
        if (!RegistrationRules.IsText(holder, 1, MaxHolderLength))
        {
            throw new ArgumentException($"Holder must be valid Unicode text of 1 to {MaxHolderLength} characters.", nameof(holder));
        }
    }
}
