namespace Conn.Cli.Owners;

/// <summary>The member <c>command</c> of an owner in the file of --config; the shape is in docs/cli.md.</summary>
internal sealed record CommandModel(string? Program, string?[]? Arguments, Dictionary<string, string?>? Environment, string? Staging, bool Plan, bool? Discard,
    bool Freeze, double? StageSeconds, double? KillSeconds);
