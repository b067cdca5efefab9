using Conn.Cli.Owners;
using Conn.Cli.Verbs;
using Conn.Repository;
using Conn.Repository.Encryption;
using Conn.Repository.Storage;

namespace Conn.Cli.Hosting;

/// <summary>The repository a command names.</summary>
internal static class RepositoryPlace
{
    /// <summary>Opens the repository that is there.</summary>
    /// <exception cref="RepositoryException">There is none, or it cannot be opened.</exception>
    public static async Task<BackupRepository> OpenAsync(string path, VerbContext context)
    {
        RequireNoDanglingLink(path);
        return await OpenAsync(path, context.Key.OptionsWith(context.Key.Find() ?? await RepositoryPrompt.AskAsync(path, context)), context.Interrupted);
    }

    /// <summary>Opens the repository that is there, and asks nobody.</summary>
    /// <exception cref="RepositoryException">There is none, or it cannot be opened.</exception>
    public static async Task<BackupRepository> OpenAsync(string path, RepositoryOptions options, CancellationToken cancellationToken)
    {
        RequireNoDanglingLink(path);
        try
        {
            return await BackupRepository.OpenAsync(path, options, cancellationToken);
        }
        catch (RepositoryException e) when (Explained(e, path, options.Key) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>Gets what a place that holds no repository means to a command that needs one; null for any other failure.</summary>
    public static RepositoryException? Explained(RepositoryException e, string path, RepositoryKey? key) => e.Failure switch
    {
        RepositoryFailure.NoRepository => new RepositoryException(e.Failure, $"There is no repository at {Path.GetFullPath(path)}. "
            + "Check the path, and whether its disk is mounted; conn init or conn backup --create makes a new one.", null, e),
        RepositoryFailure.Foreign when Directory.Exists(path) => new RepositoryException(e.Failure,
            $"{Path.GetFullPath(path)} is no Conn repository: it holds other files. Check the path, and whether its disk is mounted.", null, e),
        RepositoryFailure.Foreign => new RepositoryException(e.Failure,
            $"{Path.GetFullPath(path)} is no Conn repository: it is a file. Check the path.", null, e),
        RepositoryFailure.WrongKey when key is null => new RepositoryException(e.Failure, $"{e.Message} {KeySource.Advice}", null, e),

        // Sentences after the first one say what to do already: that the repository is not encrypted, that slots are damaged.
        RepositoryFailure.WrongKey when !e.Message.Contains(". ", StringComparison.Ordinal) =>
            new RepositoryException(e.Failure, $"{e.Message} {KeySource.OtherKey}", null, e),
        _ => null,
    };

    /// <summary>Refuses a link to a place that does not exist: its disk may not be mounted, and nothing is made there.</summary>
    /// <exception cref="RepositoryException">The path is or leads through such a link.</exception>
    public static void RequireNoDanglingLink(string path)
    {
        if (SourcePath.DanglingLink(path) is { } link)
        {
            throw new RepositoryException(RepositoryFailure.NoRepository,
                $"There is no repository at {Path.GetFullPath(path)}: {link}. Check the link, and whether its disk is mounted.");
        }
    }

    /// <summary>Whether there is nothing in a place, so that a repository can be made there.</summary>
    public static async Task<bool> IsNothingAsync(string path, CancellationToken cancellationToken)
    {
        RequireNoDanglingLink(path);
        return await BackupRepository.ProbeAsync(new FolderStorage(Path.GetFullPath(path)), cancellationToken) == RepositoryPresence.Nothing;
    }

    /// <summary>Opens the repository that is there, or makes one.</summary>
    public static async Task<(BackupRepository Repository, bool Created)> OpenOrCreateAsync(string path, VerbContext context) =>
        await IsNothingAsync(path, context.Interrupted) ? (await CreateAsync(path, context.Key.Find(), context.Interrupted), true) : (await OpenAsync(path, context), false);

    /// <summary>Makes a repository; with a key, one that is encrypted.</summary>
    public static async Task<BackupRepository> CreateAsync(string path, RepositoryKey? key, CancellationToken cancellationToken, FileCipher? cipher = null) =>
        await BackupRepository.OpenOrCreateAsync(path, new RepositoryOptions { Key = key, Cipher = cipher }, cancellationToken);
}
