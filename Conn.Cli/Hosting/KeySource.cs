using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Conn.Cli.Owners;
using Conn.Cli.Verbs;
using Conn.Repository;
using Conn.Repository.Encryption;

namespace Conn.Cli.Hosting;

/// <summary>Where the key of an encrypted repository comes from: an option, else the configuration, else CONN_PASSPHRASE, else a credential of systemd. Never an argument, which
/// other users of the machine can see.</summary>
internal sealed class KeySource
{
    public const string Variable = "CONN_PASSPHRASE";
    public const string Advice = $"Set {Variable}, or give {PassphraseFile}, {PassphraseCommand} or {KeyFile}.";
    public const string OtherKey = "Give the key that does: a passphrase, a key file, or the recovery key.";
    public const string KeyFile = "--key-file";
    private const string AcceptRollback = "--accept-rollback";
    private const string PassphraseFile = "--passphrase-file";
    private const string PassphraseCommand = "--passphrase-command";
    private const char NotUtf8 = '\uFFFD';
    private const string Credentials = "CREDENTIALS_DIRECTORY";
    private const string Credential = "conn.passphrase";

    private readonly Func<KeyConfiguration> _given;
    private readonly CancellationToken _interrupted;

    private KeySource(Func<KeyConfiguration> given, bool accepts = false, CancellationToken interrupted = default)
    {
        _given = given;
        _interrupted = interrupted;
        AcceptsRollback = accepts;
    }

    /// <summary>Gets whether an old copy of the repository is accepted.</summary>
    public bool AcceptsRollback { get; }

    /// <summary>Gets where this user's machine remembers what it saw of encrypted repositories; null without a home.</summary>
    public static string? StateFolder => Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathRooted(state) ? Path.Combine(state, "conn")
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? Path.Combine(home, ".local", "state", "conn")
        : null;

    /// <summary>Gets the source of a command that opens no repository.</summary>
    public static KeySource None { get; } = new(static () => new KeyConfiguration());

    public static void AddOptions(Command command)
    {
        command.Add(SharedOptions.One(PassphraseFile, "FILE", $"A file whose first line is the passphrase or recovery key. Default: {Variable}."));
        command.Add(SharedOptions.One(PassphraseCommand, "COMMAND", "A command line for sh that prints it."));
        command.Add(SharedOptions.One(KeyFile, "FILE", "A key file: 32 to 4096 random bytes."));
        command.Add(SharedOptions.Flag(AcceptRollback, "Accept an encrypted repository that is older than this machine has seen it."));
    }

    /// <summary>Reads what a command line says; nothing is opened before a key is needed.</summary>
    public static KeySource Of(ParseResult parsed, CancellationToken interrupted)
    {
        if (parsed.Errors.Count > 0 || !parsed.CommandResult.Command.Options.Any(static o => o.Name == KeyFile))
        {
            return None;
        }

        KeyConfiguration options = new()
        {
            KeyFile = parsed.GetValue<string?>(KeyFile), PassphraseFile = parsed.GetValue<string?>(PassphraseFile),
            PassphraseCommand = parsed.GetValue<string?>(PassphraseCommand),
        };
        string? configuration = parsed.GetValue<string?>("--config");
        return new KeySource(() => options.Count > 1 ? throw new UsageException($"Give one of {KeyFile}, {PassphraseFile} and {PassphraseCommand}.")
            : options.Count == 1 || configuration is null ? options : ConfigurationFile.Read(configuration).Key,
            parsed.GetValue<bool>(AcceptRollback), interrupted);
    }

    /// <summary>Gets the source of a daemon.</summary>
    public static KeySource Of(KeyConfiguration configured, CancellationToken interrupted) => new(() => configured, interrupted: interrupted);

    /// <summary>Gets the options with which a repository is opened with a key.</summary>
    public RepositoryOptions OptionsWith(RepositoryKey? key) => new() { Key = key, StateFolder = StateFolder, AcceptRollback = AcceptsRollback };

    /// <summary>Gets the key; null if none is configured.</summary>
    /// <exception cref="UsageException">It cannot be read, or is none.</exception>
    /// <exception cref="OperationCanceledException">Interrupted: a pipe nobody writes to, or a command that does not end, is not waited for.</exception>
    public RepositoryKey? Find()
    {
        KeyConfiguration given = _given();
        return Task.Run(() => Find(given)).WaitAsync(_interrupted).GetAwaiter().GetResult();
    }

    private static RepositoryKey? Find(KeyConfiguration given)
    {
        return given.KeyFile is { } file ? OfFile(given.Name(KeyFile), file)
            : given.PassphraseFile is { } passphrase ? OfText(FirstLine(given.Name(PassphraseFile), passphrase), $"The first line of {passphrase}")
            : given.PassphraseCommand is { } command ? OfText(Printed(given.Name(PassphraseCommand), command), $"What '{command}' printed")
            : Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? OfText(variable, Variable)
            : Environment.GetEnvironmentVariable(Credentials) is { Length: > 0 } folder && Path.Combine(folder, Credential) is var found && File.Exists(found)
                ? OfText(FirstLine(Credentials, found), $"The credential {Credential}")
                : null;
    }

    /// <summary>Gets the key file that a command line or the configuration names; null if another source is.</summary>
    public string? NamedKeyFile() => _given().KeyFile;

    /// <summary>Reads a passphrase, or a recovery key, which is known by its form.</summary>
    /// <exception cref="UsageException">It is empty or too long.</exception>
    public static RepositoryKey OfText(string text, string what)
    {
        if (text.Length == 0 || Encoding.UTF8.GetByteCount(text) > RepositoryKey.MaxSecretBytes)
        {
            throw new UsageException($"{what} is no passphrase: it has 1 to {RepositoryKey.MaxSecretBytes} bytes.");
        }

        if (text.Contains(NotUtf8, StringComparison.Ordinal))
        {
            // All such bytes would be the same character, and other passphrases would open the repository.
            throw new UsageException($"{what} is no passphrase: it is not valid UTF-8. Random bytes are a key file ({KeyFile}).");
        }

        return RepositoryKey.TryParseRecoveryKey(text, out RepositoryKey? recovery) ? recovery! : RepositoryKey.FromPassphrase(text);
    }

    private static RepositoryKey OfFile(string option, string file)
    {
        byte[] content = Read(option, file, RepositoryKey.MaxSecretBytes + 1);
        return content.Length is >= RepositoryKey.MinKeyFileBytes and <= RepositoryKey.MaxSecretBytes
            ? RepositoryKey.FromKeyFile(content)
            : throw new UsageException($"{option} {file} is no key file: it has {RepositoryKey.MinKeyFileBytes} to {RepositoryKey.MaxSecretBytes} bytes.");
    }

    private static string FirstLine(string option, string file) => FirstLine(Read(option, file, RepositoryKey.MaxSecretBytes + 2));

    private static string FirstLine(byte[] bytes) => Encoding.UTF8.GetString(bytes).Split('\n')[0].TrimEnd('\r');

    private static byte[] Read(string option, string file, int most)
    {
        try
        {
            using FileStream stream = new(SourcePath.Full(option, file), FileMode.Open, FileAccess.Read);
            byte[] bytes = new byte[most];
            return bytes[..stream.ReadAtLeast(bytes, most, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {file} cannot be read: {e.Message}");
        }
    }

    private static string Printed(string option, string command)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, UseShellExecute = false };
        using Process process = Process.Start(start) ?? throw new UsageException($"{option}: sh could not be started.");
        byte[] printed = new byte[RepositoryKey.MaxSecretBytes + 2];
        int count = 0;

        // Its first line only: an agent that it leaves behind may keep the pipe open.
        for (int read = -1; read != 0 && count < printed.Length && !printed.AsSpan(0, count).Contains((byte)'\n'); count += read)
        {
            read = process.StandardOutput.BaseStream.Read(printed.AsSpan(count));
        }

        process.StandardOutput.Close();
        process.WaitForExit();
        return process.ExitCode == 0 ? FirstLine(printed[..count])
            : throw new UsageException($"{option} '{command}' ended with code {process.ExitCode} and gave no passphrase.");
    }
}
