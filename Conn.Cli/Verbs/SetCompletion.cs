using System.CommandLine.Completions;
using Conn.Repository;

namespace Conn.Cli.Verbs;

/// <summary>The words that may name a set, for a shell's completion: those of the repository if it is known and answers soon.</summary>
internal static class SetCompletion
{
    private const int Most = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Gets <c>latest</c>, and the ids of the newest sets.</summary>
    public static IEnumerable<CompletionItem> Of(RepositoryOption repository, CompletionContext context)
    {
        string[] ids = [];
        try
        {
            using CancellationTokenSource limit = new(Limit, TimeProvider.System);
            ids = repository.Find(context.ParseResult) is { } repo
                ? Task.Run(() => ListAsync(repo, limit.Token)).WaitAsync(limit.Token).GetAwaiter().GetResult() : [];
        }
        catch (Exception e) when (e is UsageException or RepositoryException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // A completion has no place for messages: the command itself will say what is wrong.
        }

        return ids.Prepend("latest").Select(static id => new CompletionItem(id));
    }

    private static async Task<string[]> ListAsync(string repo, CancellationToken cancellationToken)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(repo, null, cancellationToken);
        return [.. (await repository.ListSetsAsync(cancellationToken)).TakeLast(Most).Select(static s => s.Id.Text)];
    }
}
