namespace Conn.Engine.Owners;

/// <summary>What an owner said, for a sentence that names the owner itself: it is named once.</summary>
internal static class OwnerWords
{
    /// <summary>Gets a message without the name of its owner in front.</summary>
    public static string Of(string owner, string message)
    {
        string named = $"Owner {owner}: ";
        return message.StartsWith(named, StringComparison.Ordinal) ? message[named.Length..] : message;
    }
}
