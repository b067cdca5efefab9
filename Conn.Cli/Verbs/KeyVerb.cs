using System.CommandLine;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Encryption;
using Spectre.Console;

namespace Conn.Cli.Verbs;

/// <summary><c>conn key</c>: the keys that open an encrypted repository.</summary>
internal static class KeyVerb
{
    public static Command Create(VerbContext context)
    {
        Verb command = new("key", "List, add, remove or change the keys of an encrypted repository.")
        {
            Usage = "list|add|remove|rotate --repo REPO [--json]", Examples = ["key list --repo /mnt/backup", "key add --repo /mnt/backup --recovery"],
        };
        foreach (Verb verb in (Verb[])[ListVerb(context), AddVerb(context), RemoveVerb(context), RotateVerb(context)])
        {
            command.Add(verb);
        }

        return command;
    }

    private static Verb ListVerb(VerbContext context)
    {
        RepositoryOption repo = new();
        Verb command = new("list", "List the keys.") { Usage = "--repo REPO [--json]", Examples = ["key list --repo /mnt/backup"] };
        repo.AddTo(command);
        command.AddCommon();
        command.SetAction(async (parsed, _) =>
        {
            await using BackupRepository repository = await OpenAsync(repo.Read(parsed), context);
            IReadOnlyList<KeySlotInfo> keys = await repository.Keys!.ListAsync(context.Interrupted);
            context.Terminal.Result(
                new KeysDocument(keys.Select(static key => new KeyItem(key.Id, Word(key.Kind), key.IsInUse))), Documents.Default.KeysDocument,
                console => Show(console, keys));
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Verb AddVerb(VerbContext context)
    {
        RepositoryOption repo = new();
        NewKey given = new();
        Verb command = new("add", "Add a key; the others stay valid.")
        {
            WhenInterrupted = static _ => Verb.AllOrNothing, Usage = "--repo REPO [--new-key-file FILE | --new-passphrase-file FILE | --recovery] [--json]",
            Examples = ["key add --repo /mnt/backup", "key add --repo /mnt/backup --new-key-file /etc/conn/key"],
        };
        repo.AddTo(command);
        given.AddTo(command, withRecovery: true);
        command.AddCommon();
        command.SetAction((parsed, _) => ChangeAsync(context, repo.Read(parsed), "added", async (keys, held) =>
        {
            (RepositoryKey key, string? text) = await given.ReadAsync(parsed, context);
            return (await keys.AddAsync(held, key, context.Interrupted), text);
        }));
        return command;
    }

    private static Verb RemoveVerb(VerbContext context)
    {
        RepositoryOption repo = new();
        Argument<string> id = new("ID") { Description = "The id of a key, or its beginning." };
        Verb command = new("remove", "Remove a key; it opens the repository no more.")
        {
            WhenInterrupted = static _ => Verb.AllOrNothing, Usage = "--repo REPO ID [--json]", Examples = ["key remove --repo /mnt/backup 20261129T1011"],
        };
        repo.AddTo(command);
        command.Add(id);
        command.AddCommon();
        command.SetAction((parsed, _) => ChangeAsync(context, repo.Read(parsed), "removed", async (keys, held) =>
        {
            string meant = parsed.GetRequiredValue(id);
            try
            {
                return (await keys.RemoveAsync(held, meant, context.Interrupted), null);
            }
            catch (ArgumentException e)
            {
                throw new UsageException(e.Message.Split(" (Parameter", StringSplitOptions.None)[0]);
            }
        }));
        return command;
    }

    private static Verb RotateVerb(VerbContext context)
    {
        RepositoryOption repo = new();
        NewKey given = new();
        Verb command = new("rotate", "Encrypt what is written from now on with a new master key, and remove every key but a new one.")
        {
            WhenInterrupted = static _ => Verb.AllOrNothing, Usage = "--repo REPO [--new-key-file FILE | --new-passphrase-file FILE] [--json]",
            Examples = ["key rotate --repo /mnt/backup", "key rotate --repo /mnt/backup --new-key-file /etc/conn/key2"],
        };
        repo.AddTo(command);
        given.AddTo(command, withRecovery: false);
        command.AddCommon();
        command.SetAction((parsed, _) => ChangeAsync(context, repo.Read(parsed), "rotated", async (keys, held) =>
        {
            (RepositoryKey key, string? text) = await given.ReadAsync(parsed, context);
            context.Terminal.Note("All that is stored is read once, so that no file can be added with an old key afterwards. It may take as long as verify.");
            string id = await keys.RotateAsync(held, key, context.Interrupted);
            context.Terminal.Note("All other keys were removed: key files, as scheduled runs use them, and a recovery key too. "
                + "Name the new key in their configuration, and make a new recovery key with conn key add --recovery.");
            return (id, text);
        }));
        return command;
    }

    private static async Task<int> ChangeAsync(
        VerbContext context, string repo, string word, Func<RepositoryKeys, RepositoryWriterLock, Task<(string Id, string? RecoveryText)>> change)
    {
        await using BackupRepository repository = await OpenAsync(repo, context);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync($"conn key (process {Environment.ProcessId})", context.Interrupted);
        (string id, string? recovery) = await change(repository.Keys!, held);
        context.Terminal.Result(new KeyChangeDocument(id, word, recovery), Documents.Default.KeyChangeDocument, console =>
        {
            console.Line($"{word} key {id}");
            if (recovery is not null)
            {
                ShowRecoveryKey(console, recovery);
            }
        }, isAttention: recovery is not null);
        return (int)ExitCode.Done;
    }

    /// <summary>Writes a recovery key, which cannot be shown again.</summary>
    public static void ShowRecoveryKey(IAnsiConsole console, string text)
    {
        console.Line("");
        console.Line($"    recovery key: {text}");
        console.Line("");
        console.Line("Write it down and keep it where the backups are not: it opens the");
        console.Line("repository when the other keys are lost, and it is not shown again.");
    }

    private static async Task<BackupRepository> OpenAsync(string repo, VerbContext context)
    {
        BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        if (repository.Keys is null)
        {
            await repository.DisposeAsync();
            throw new UsageException($"The repository at {Path.GetFullPath(repo)} is not encrypted and has no keys. conn init --encrypt makes one that is.");
        }

        return repository;
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<KeySlotInfo> keys)
    {
        PlainTable table = new("key", "made from", "");
        foreach (KeySlotInfo key in keys)
        {
            table.Row(key.Id, Word(key.Kind), key.IsInUse ? "in use" : "");
        }

        table.WriteTo(console);
    }

    private static string Word(KeyKind kind) => kind switch
    {
        KeyKind.Passphrase => "passphrase",
        KeyKind.KeyFile => "keyFile",
        _ => "recovery",
    };
}

internal sealed record KeysDocument(IEnumerable<KeyItem> Keys) : Document;

internal sealed record KeyItem(string Id, string Kind, bool InUse);

internal sealed record KeyChangeDocument(string Key, string Change, string? RecoveryKey) : Document;
