namespace Conn.Hosting.AspNetCore;

/// <summary>One owner in the document of the status endpoint. The error is the name of its code; null when it did not fail.</summary>
internal sealed record OwnerDocument(
    string Name, string Source, string Readiness, string? Error, bool Retryable, string? LastGoodSet, DateTimeOffset? LastGood)
{
    public static OwnerDocument Of(OwnerStatus owner)
    {
        string readiness = owner.Readiness.ToString();
        return new(owner.Name, owner.Source, char.ToLowerInvariant(readiness[0]) + readiness[1..],
            owner.Error.IsSuccess ? null : owner.Error.ToString(), owner.Retryable, owner.LastGoodSet, owner.LastGood);
    }
}
