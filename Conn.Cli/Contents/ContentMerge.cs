using System.Runtime.CompilerServices;
using Conn.ActiveBackup.Content;

namespace Conn.Cli.Contents;

/// <summary>Goes through two lists side by side. Memory does not grow with them.</summary>
internal static class ContentMerge
{
    /// <summary>Gets every path of either list, in order.</summary>
    public static async IAsyncEnumerable<ContentChange> OfAsync(
        string owner, StoredOwner? before, StoredOwner? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<ContentEntry> left = List(before, cancellationToken);
        await using IAsyncEnumerator<ContentEntry> right = List(after, cancellationToken);
        ContentEntry? a = await NextAsync(left);
        ContentEntry? b = await NextAsync(right);
        while (a is not null || b is not null)
        {
            int order = a is null ? 1 : b is null ? -1 : ContentOrder.Compare(a.Path.Span, b.Path.Span);
            yield return new ContentChange(owner, order <= 0 ? a : null, order >= 0 ? b : null);
            a = order <= 0 ? await NextAsync(left) : a;
            b = order >= 0 ? await NextAsync(right) : b;
        }
    }

    private static IAsyncEnumerator<ContentEntry> List(StoredOwner? owner, CancellationToken cancellationToken) =>
        (owner?.ListAsync(cancellationToken) ?? AsyncEnumerable.Empty<ContentEntry>()).GetAsyncEnumerator(cancellationToken);

    private static async ValueTask<ContentEntry?> NextAsync(IAsyncEnumerator<ContentEntry> entries) => await entries.MoveNextAsync() ? entries.Current : null;
}
