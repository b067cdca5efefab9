namespace Conn.Cli.Doctor;

/// <summary>Whether other users may read the file of the configuration that holds the key or the passphrase of the repository.</summary>
internal sealed class KeyFileCheck : IDoctorCheck
{
    private const string About = "key";
    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined.Configuration is { Key: var key } && (key.KeyFile ?? key.PassphraseFile) is { } file && File.Exists(file) ? [Find(file)] : []);

    private static Finding Find(string file) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & OfOthers) is not UnixFileMode.None and var others
        ? Finding.Warning(About, $"Other users may {((others & ~(UnixFileMode.GroupRead | UnixFileMode.OtherRead)) == 0 ? "read" : "write")} {file}, which opens the repository.",
            $"Set its mode to 0600 (chmod 600 {file}); if they may have read it, change the keys with conn key rotate.")
        : Finding.Ok(About, $"{file} is its user's alone.");
}
