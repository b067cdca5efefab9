using System.CommandLine;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Encryption;
using Conn.Repository.Storage;

namespace Conn.Cli.Verbs;

/// <summary><c>conn init</c>: makes a repository where nothing is.</summary>
internal static class InitVerb
{
    private const string Aes = "aes-256-gcm";
    private const string ChaCha = "chacha20-poly1305";

    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        Option<string?> cipher = SharedOptions.One("--cipher", "NAME", $"{Aes} or {ChaCha}; by itself the one that is faster on this processor.");
        cipher.AcceptOnlyFromAmong(Aes, ChaCha);
        Option<bool> encrypt = SharedOptions.Flag("--encrypt", "Encrypt everything with a key: a passphrase, which is asked for, or a key file.");
        Option<bool> noRecovery = SharedOptions.Flag("--no-recovery-key", "Do not make a recovery key: who loses the key loses the backups.");
        Verb command = new("init", "Make a repository in an empty or new folder.")
        {
            WhenInterrupted = static _ => Verb.AllOrNothing, Usage = "--repo REPO [--encrypt [--key-file FILE]] [--json]", Examples = ["init --repo /mnt/backup", "init --repo /mnt/backup --encrypt"],
        };
        repo.AddTo(command);
        command.Add(encrypt);
        command.Add(noRecovery);
        command.Add(cipher);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repo.Read(parsed), parsed.GetValue(encrypt), parsed.GetValue(noRecovery), parsed.GetValue(cipher)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, bool encrypt, bool noRecovery, string? cipher)
    {
        if (cipher is not null && !encrypt)
        {
            throw new UsageException("--cipher is for a repository that is encrypted: add --encrypt.");
        }

        RepositoryPlace.RequireNoDanglingLink(repo);
        if (await BackupRepository.ProbeAsync(new FolderStorage(Path.GetFullPath(repo)), context.Interrupted) == RepositoryPresence.Repository)
        {
            throw new UsageException($"{repo} is a repository already; use it as it is.");
        }

        if (!encrypt && (context.Key.NamedKeyFile() is not null || context.Key.Find() is not null))
        {
            throw new UsageException("A key was given, and a repository that is not encrypted has none: add --encrypt, or leave the key out.");
        }

        RepositoryKey? key = encrypt ? await KeyAsync(context) : null;
        await using BackupRepository repository = await RepositoryPlace.CreateAsync(
            repo, key, context.Interrupted, cipher switch { null => null, ChaCha => FileCipher.ChaCha20Poly1305, _ => FileCipher.Aes256Gcm });
        string? recovery = encrypt && !noRecovery ? await AddRecoveryKeyAsync(repository, context) : null;
        context.Terminal.Result(
            new InitDocument(repository.RepositoryId, Created: true, encrypt, recovery), Documents.Default.InitDocument,
            console =>
            {
                console.Line($"created {(encrypt ? "encrypted " : "")}repository {repository.RepositoryId} in {repo}");
                if (recovery is not null)
                {
                    KeyVerb.ShowRecoveryKey(console, recovery);
                }
            }, matters: recovery is not null, isAttention: recovery is not null);
        return (int)ExitCode.Done;
    }

    private static async Task<RepositoryKey> KeyAsync(VerbContext context)
    {
        if (context.Key.NamedKeyFile() is { } file)
        {
            NewKey.MakeIfMissing(KeySource.KeyFile, file, context);
        }

        return context.Key.Find() ?? await RepositoryPrompt.AskForNewAsync(context, KeySource.Advice);
    }

    private static async Task<string> AddRecoveryKeyAsync(BackupRepository repository, VerbContext context)
    {
        RepositoryKey key = RepositoryKey.NewRecoveryKey(out string text);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync($"conn init (process {Environment.ProcessId})", context.Interrupted);
        await repository.Keys!.AddAsync(held, key, context.Interrupted);
        return text;
    }
}

internal sealed record InitDocument(string Repository, bool Created, bool Encrypted, string? RecoveryKey) : Document;
