using System.Text.Json;
using Conn.ActiveBackup;

namespace Conn.Hosting.AspNetCore;

/// <summary>One owner in the document of the status endpoint. Between operations it is connected to no engine, and idle. The error is the name of its code; null when it did not fail.</summary>
internal sealed record OwnerDocument(
    string Name, string Source, string Readiness, string? Error, bool Retryable, string? LastGoodSet, DateTimeOffset? LastGood)
{
    public static OwnerDocument Of(OwnerStatus owner)
    {
        string readiness = owner is { Readiness: DataOwnerStatus.NotConnected, Where.Length: > 0 } ? "idle" : JsonNamingPolicy.CamelCase.ConvertName(owner.Readiness.ToString());
        return new(owner.Name, owner.Source, readiness,
            owner.Error.IsSuccess ? null : owner.Error.ToString(), owner.Retryable, owner.LastGoodSet, owner.LastGood);
    }
}
