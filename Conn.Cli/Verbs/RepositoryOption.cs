using System.CommandLine;
using System.CommandLine.Parsing;
using Conn.Cli.Hosting;
using Conn.Cli.Owners;
using Conn.Cli.Usage;

namespace Conn.Cli.Verbs;

/// <summary>The repository of a command: <c>--repo</c>, else the variable CONN_REPO, else the file of <c>--config</c>.</summary>
internal sealed class RepositoryOption
{
    public const string Variable = "CONN_REPO";

    private readonly Option<string?> _repo = SharedOptions.One("--repo", "REPO", $"The repository: a folder. Default: {Variable}, or what --config says.");
    private readonly Option<string?> _config = SharedOptions.One("--config", "FILE", "A JSON file with the repository, owners, time-outs.");

    public void AddTo(Command command)
    {
        command.Add(_repo);
        command.Add(_config);
        KeySource.AddOptions(command);
    }

    /// <summary>Gets the folder.</summary>
    /// <exception cref="UsageException">No repository is named, its path is none, or the file cannot be read.</exception>
    public string Read(ParseResult parsed) => Find(parsed)
        ?? throw new UsageException($"No repository is named: {Ways(ConfigFile(parsed))}. Try: {CommandPath.Full(parsed.CommandResult.Command)} --help");

    /// <summary>Says how a repository is named.</summary>
    /// <param name="file">The file of the configuration, which names none; null if none was given.</param>
    public static string Ways(string? file) => file is null
        ? $"give --repo REPO, set {Variable}, or give --config FILE whose repository it is" : $"add repository to {file}, give --repo REPO, or set {Variable}";

    /// <summary>Gets whether neither option, variable nor file says anything: then the daemon is asked.</summary>
    public bool IsLeftToDaemon(ParseResult parsed) => parsed.GetResult(_repo) is null or { Implicit: true } && !HasConfig(parsed.CommandResult)
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Gets the folder; null if no repository is named.</summary>
    /// <exception cref="UsageException">Its path is none, or the file cannot be read.</exception>
    public string? Find(ParseResult parsed) => Named(parsed) ?? Config(parsed).Repository;

    /// <summary>Gets the folder that option or variable name; null if neither does. Reads no file.</summary>
    /// <exception cref="UsageException">Its path is none.</exception>
    public string? Named(ParseResult parsed)
    {
        if (parsed.GetValue(_repo) is { } repo)
        {
            return SourcePath.Checked("--repo", repo);
        }

        return Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? SourcePath.Checked(Variable, variable) : null;
    }

    /// <summary>Gets whether a configuration was given.</summary>
    public bool HasConfig(SymbolResult result) => result.GetResult(_config) is { Implicit: false };

    /// <summary>Gets the file of the configuration; null if none was given.</summary>
    public string? ConfigFile(ParseResult parsed) => parsed.GetValue(_config);

    /// <summary>Gets what the configuration says; nothing if there is none.</summary>
    /// <exception cref="UsageException">The file cannot be read, or says something illegal.</exception>
    public Configuration Config(ParseResult parsed) => parsed.GetValue(_config) is { } file ? ConfigurationFile.Read(file) : new Configuration();
}
