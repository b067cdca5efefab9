using Conn.Cli.Owners;

namespace Conn.Cli.Verbs;

/// <summary>What <c>conn restore</c> was asked for.</summary>
internal sealed record RestoreArguments(string Repo, string? Set, string[] Only, string? To, OwnerList Owners, bool DryRun);
