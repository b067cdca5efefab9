using System.Text;
using Conn.Cli.Verbs;
using Conn.Repository;
using Conn.Repository.Encryption;
using Conn.Repository.Storage;
using Conn.SystemCalls;
using Microsoft.Win32.SafeHandles;

namespace Conn.Cli.Hosting;

/// <summary>Asks a person at a terminal for the key of a repository. What is typed is not shown.</summary>
internal static class RepositoryPrompt
{
    private const int Tries = 3;

    /// <summary>Asks for the key of a repository that is encrypted, until it opens it or three times; returns null if it is not encrypted, or nobody can be asked.</summary>
    /// <exception cref="RepositoryException">There is no repository, or it cannot be read.</exception>
    public static async Task<RepositoryKey?> AskAsync(string repo, VerbContext context)
    {
        FolderStorage storage = new(Path.GetFullPath(repo));
        if (!CanAsk(context) || await BackupRepository.ProbeAsync(storage, context.Interrupted) != RepositoryPresence.Repository
            || !await BackupRepository.IsEncryptedAsync(storage, context.Interrupted))
        {
            return null;
        }

        for (int left = Tries - 1; ; left--)
        {
            string text = await ReadAsync($"Passphrase or recovery key of {repo}: ", context);
            if (text.Length == 0)
            {
                return null;
            }

            RepositoryKey key = KeySource.OfText(text, "What was typed");
            try
            {
                await (await BackupRepository.OpenAsync(storage, new RepositoryOptions { Key = key }, context.Interrupted)).DisposeAsync();
                return key;
            }
            catch (RepositoryException e) when (e.Failure == RepositoryFailure.WrongKey && left > 0)
            {
                context.Terminal.Attention($"{e.Message} Try again.");
            }
        }
    }

    /// <summary>Asks twice for a new passphrase.</summary>
    /// <param name="context">Where to ask.</param>
    /// <param name="advice">What to give if nobody can be asked.</param>
    /// <exception cref="UsageException">Nobody can be asked, nothing was typed, or not the same twice.</exception>
    public static async Task<RepositoryKey> AskForNewAsync(VerbContext context, string advice)
    {
        if (!CanAsk(context))
        {
            throw new UsageException($"No passphrase was given, and nobody can be asked for one. {advice}");
        }

        string text = await ReadAsync("New passphrase: ", context);
        return text.Length > 0 && text == await ReadAsync("Once more: ", context)
            ? RepositoryKey.FromPassphrase(text)
            : throw new UsageException(text.Length == 0 ? "A passphrase has at least one character." : "The second passphrase was another one; nothing was changed.");
    }

    private static bool CanAsk(VerbContext context) => !Console.IsInputRedirected && context.Terminal.HasScreen;

    private static async Task<string> ReadAsync(string question, VerbContext context)
    {
        // Before the question: what is typed at once must not be shown either.
        using TerminalEcho? quiet = OperatingSystem.IsWindows() ? null : TerminalEcho.TryTurnOff();
        context.Terminal.Ask(question);
        try
        {
            return await Task.Run(quiet is null ? (Func<string>)ReadKeys : ReadLine).WaitAsync(context.Interrupted);
        }
        finally
        {
            // An interrupt too is told on a line of its own.
            context.Terminal.Ask("\n");
        }
    }

    // Not by the console, which shows what it reads.
    private static string ReadLine()
    {
        using FileStream input = new(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        List<byte> line = [];
        for (int read = input.ReadByte(); read is not (-1 or '\n' or '\r') && line.Count <= RepositoryKey.MaxSecretBytes; read = input.ReadByte())
        {
            line.Add((byte)read);
        }

        return Encoding.UTF8.GetString([.. line]);
    }

    private static string ReadKeys()
    {
        StringBuilder text = new();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                text.Length = Math.Max(0, text.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                text.Append(key.KeyChar);
            }
        }

        return text.ToString();
    }
}
