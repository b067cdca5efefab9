namespace Conn.Cli.Owners;

/// <summary>Where the key of the repository is, as a configuration or a command line says; at most one member is set.</summary>
internal sealed record KeyConfiguration
{
    public string? KeyFile { get; init; }

    public string? PassphraseFile { get; init; }

    public string? PassphraseCommand { get; init; }

    /// <summary>Gets file, line and member that say it; null if a command line does.</summary>
    public string? Where { get; init; }

    /// <summary>Gets what messages call the source of the key.</summary>
    /// <param name="option">The option that names it on a command line.</param>
    public string Name(string option) => Where is null ? option : Where + ":";

    /// <summary>Gets how many of them are given.</summary>
    public int Count => ((string?[])[KeyFile, PassphraseFile, PassphraseCommand]).Count(static given => given is not null);
}
