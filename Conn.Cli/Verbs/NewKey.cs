using System.CommandLine;
using System.Security.Cryptography;
using Conn.Cli.Hosting;
using Conn.Cli.Owners;
using Conn.Repository.Encryption;
using Conn.SystemCalls;

namespace Conn.Cli.Verbs;

/// <summary>The new key of a command that adds or changes one.</summary>
internal sealed class NewKey
{
    private readonly Option<string?> _file = SharedOptions.One("--new-key-file", "FILE", "A key file; it is made if it does not exist.");
    private readonly Option<string?> _passphrase = SharedOptions.One("--new-passphrase-file", "FILE", "A file whose first line is the new passphrase.");
    private readonly Option<bool> _recovery = SharedOptions.Flag("--recovery", "A recovery key, which is made and printed once.");

    /// <summary>Adds the options.</summary>
    /// <param name="command">The command.</param>
    /// <param name="withRecovery">False where a recovery key would be the only key before anybody has read it.</param>
    public void AddTo(Command command, bool withRecovery)
    {
        command.Add(_file);
        command.Add(_passphrase);
        if (withRecovery)
        {
            command.Add(_recovery);
        }
    }

    /// <summary>Gets the key, and the text of a recovery key that was made.</summary>
    /// <exception cref="UsageException">Several are given, or one cannot be read; or none is, and nobody can be asked.</exception>
    public async Task<(RepositoryKey Key, string? RecoveryText)> ReadAsync(ParseResult parsed, VerbContext context)
    {
        (string? file, string? passphrase, bool recovery) = (parsed.GetValue(_file), parsed.GetValue(_passphrase), parsed.CommandResult.Command.Options.Contains(_recovery) && parsed.GetValue(_recovery));
        if ((file is null ? 0 : 1) + (passphrase is null ? 0 : 1) + (recovery ? 1 : 0) > 1)
        {
            throw new UsageException($"Give one of {_file.Name}, {_passphrase.Name} and {_recovery.Name}.");
        }

        if (recovery)
        {
            RepositoryKey made = RepositoryKey.NewRecoveryKey(out string text);
            return (made, text);
        }

        if (file is not null)
        {
            MakeIfMissing(_file.Name, file, context);
        }

        return (file is null && passphrase is null
            ? await RepositoryPrompt.AskForNewAsync(context, $"Give the new key with {_passphrase.Name} or {_file.Name}.")
            : KeySource.Of(new KeyConfiguration { KeyFile = file, PassphraseFile = passphrase }, context.Interrupted).Find()!, null);
    }

    /// <summary>Makes a key file where there is none.</summary>
    /// <exception cref="UsageException">It cannot be made.</exception>
    public static void MakeIfMissing(string option, string file, VerbContext context)
    {
        string path = SourcePath.Full(option, file);
        if (File.Exists(path))
        {
            return;
        }

        try
        {
            using FileStream stream = new(PrivateFile.Create(path), FileAccess.Write);
            stream.Write(RandomNumberGenerator.GetBytes(RepositoryKey.MinKeyFileBytes));
            stream.Flush();
            DeviceFlush.File(stream.SafeFileHandle, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {file} cannot be made: {e.Message}");
        }

        context.Terminal.Attention($"made key file {path}; keep a copy of it elsewhere than in the backups that it opens");
    }
}
