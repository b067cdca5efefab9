using System.Diagnostics;
using System.Runtime.Versioning;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>What a process of another user may not do, tried by one.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OtherUserTests
{
    private const uint OtherUser = 65534;
    private const string SetPriv = "/usr/bin/setpriv";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Forty_things_of_another_user_get_their_codes_and_change_nothing()
    {
        SkipUnlessRoot();
        IpcIdentityPolicy policy = new(new Dictionary<uint, IpcGrant> { [SocketBus.User] = new(), [OtherUser] = FortyThings.Grant });
        await using Arena arena = await Arena.StartAsync(Token, o => o with { Identities = policy });
        IPropertyStore store = arena.Fixture.Store;
        IPropertyClient engine = await store.OpenAsync(arena.Fixture.Store.MintIdentity(SecureId.Engine), Token);
        await engine.TryDefineAsync(SystemProperties.BackupRestoreKey, SystemProperties.BackupRestoreDefinition, Token);
        IPropertyClient other = await store.OpenAsync(arena.Fixture.Store.MintIdentity(new SecureId(FortyThings.Foreign)), Token);
        SecurityPolicy fail = new(PolicyKind.AlwaysFail, 0, default);
        PropertyName secret = new(FortyThings.Foreign, 1);
        Assert.Equal(ErrorCode.Success, await other.TryDefineAsync(secret, new PropertyDefinition { Type = PropertyType.Int, Read = fail, Write = fail }, Token));
        OpenToAll(arena.Fixture);
        string before = await StateAsync(engine);
        string[] said = await RunAsync("forty", arena.Fixture.Path, "try ");
        (string What, ErrorCode Code)[] expected = FortyThings.Expected;
        Assert.Equal(40, expected.Length);
        Assert.Equal(expected.Select(static (e, i) => $"try {i} {e.Code.Name} ({e.What})"), said.Select((s, i) => $"{s} ({expected[i].What})"));
        await arena.IsAloneAsync(Token);
        Assert.Equal(before, await StateAsync(engine));

        // It may define its own; what it tried to publish together with another's is not there.
        PropertyInfo own = Assert.Single(await engine.ListAsync(FortyThings.Granted, Token));
        Assert.Equal(Revision.None, own.Current.Revision);
    }

    [Fact(Explicit = true)]
    public async Task Another_user_without_a_grant_is_refused()
    {
        SkipUnlessRoot();
        await using Arena arena = await Arena.StartAsync(Token);
        OpenToAll(arena.Fixture);
        Assert.Equal(["AccessDenied", "AccessDenied"], await RunAsync("stranger", arena.Fixture.Path, "AccessDenied", "done"));
        Assert.All(arena.Fixture.Lines, static l => Assert.Contains($"user {OtherUser}", l, StringComparison.Ordinal));
    }

    [Fact(Explicit = true)]
    public async Task Another_user_cannot_reach_a_socket_in_a_folder_of_root()
    {
        SkipUnlessRoot();
        await using Arena arena = await Arena.StartAsync(Token);
        File.SetUnixFileMode(arena.Fixture.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(["AccessDenied", "AccessDenied"], await RunAsync("stranger", arena.Fixture.Path, "AccessDenied", "done"));
        Assert.Empty(arena.Fixture.Lines);
    }

    private static void SkipUnlessRoot()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can start a process of another user.");
        Assert.SkipUnless(File.Exists(SetPriv), "setpriv is not installed.");
    }

    private static void OpenToAll(ServerFixture fixture)
    {
        File.SetUnixFileMode(fixture.Folder, (UnixFileMode)0b111_001_001);
        File.SetUnixFileMode(fixture.Path, (UnixFileMode)0b110_110_110);
    }

    private static async Task<string[]> RunAsync(string role, string path, params string[] beginnings)
    {
        using Process process = OtherProcess.Start(role, path, SetPriv, $"--reuid={OtherUser}", "--clear-groups");
        string output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return [.. output.Split('\n').Where(l => beginnings.Any(b => l.StartsWith(b, StringComparison.Ordinal)))];
    }

    // Without the property of the healthy client, which publishes, and that of the other user.
    private static async Task<string> StateAsync(IPropertyClient engine) => string.Join(
        '\n', (await engine.ListAsync(cancellationToken: Token)).Where(static p => p.Name.Key != 9 && p.Name.Category != FortyThings.Granted).Select(static p => $"{p.Name} {p.Owner} {p.Current.Revision}"));
}
