using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Ipc.Tests;

/// <summary>What a process of another user with a small grant tries, and the code that each must get.</summary>
internal static class FortyThings
{
    public const uint Granted = 0x20000030;
    public const uint Foreign = 0x20000009;

    private static readonly WirePolicy Pass = new((int)PolicyKind.AlwaysPass, 0, 0);
    private static readonly WireDefinition Definition = new((int)PropertyType.Int, Pass, Pass, 0, 0);
    private static readonly WireName Mode = WireName.Of(SystemProperties.BackupRestoreKey);
    private static readonly WireName Other = new(Foreign, 1);
    private static readonly WireName Own = new(Granted, 1);
    private static readonly WireValue Five = new(5, null);

    /// <summary>The grant.</summary>
    public static IpcGrant Grant { get; } = new()
    {
        SecureIds = [new SecureId(Granted)], MaxConnections = 3, MaxProperties = 2, MaxSubscriptions = 2,
    };

    public static (string What, ErrorCode Code)[] Expected { get; } =
    [
        .. Tries.Select(static t => (t.What, t.Code)), ("a fourth connection", ErrorCode.TooBig), ("an owner with another's id", ErrorCode.PermissionDenied),
        ("an owner with the engine's id", ErrorCode.PermissionDenied), ("an owner without sections", ErrorCode.NotReady), ("a mode before connecting", ErrorCode.NotReady),
        ("sections with a guessed token", ErrorCode.PermissionDenied), ("a purpose that does not exist", ErrorCode.NotSupported),
    ];

    private static Attempt[] Tries =>
    [
        new("the engine's id", ErrorCode.PermissionDenied, "OpenAsync", SecureId.Engine.Value, 0u, 0u),
        new("another's id", ErrorCode.PermissionDenied, "OpenAsync", Foreign, 0u, 0u),
        new("no id", ErrorCode.PermissionDenied, "OpenAsync", 0u, 0u, 0u),
        new("the last id", ErrorCode.PermissionDenied, "OpenAsync", uint.MaxValue, 0u, 0u),
        new("the capability Tcb", ErrorCode.PermissionDenied, "OpenAsync", Granted, CapabilitySet.Of(Capability.Tcb).Bits, 0u),
        new("a capability", ErrorCode.PermissionDenied, "OpenAsync", Granted, CapabilitySet.Of(Capability.WriteDeviceData).Bits, 0u),
        new("every capability", ErrorCode.PermissionDenied, "OpenAsync", Granted, CapabilitySet.All.Bits, 0u),
        new("capabilities that do not exist", ErrorCode.PermissionDenied, "OpenAsync", Granted, uint.MaxValue, 0u),
        new("a third client", ErrorCode.TooBig, "OpenAsync", Granted, 0u, 0u),
        new("to define the mode", ErrorCode.AccessDenied, "DefineAsync", 0, Mode, Definition),
        new("to set the mode", ErrorCode.PermissionDenied, "SetAsync", 0, Mode, Five, null),
        new("to set the mode with a condition", ErrorCode.PermissionDenied, "SetAsync", 0, Mode, Five, 0L),
        new("to delete the mode", ErrorCode.PermissionDenied, "DeleteAsync", 0, Mode),
        new("to publish the mode", ErrorCode.PermissionDenied, "PublishAsync", 0, new WireBatch([Mode], [Five], [], [])),
        new("to publish the mode with its own", ErrorCode.PermissionDenied, "PublishAsync", 0, new WireBatch([Own, Mode], [Five, Five], [], [])),
        new("to define another's", ErrorCode.PermissionDenied, "DefineAsync", 0, Other with { PropertyKey = 77 }, Definition),
        new("to define a system property", ErrorCode.PermissionDenied, "DefineAsync", 0, new WireName(Mode.Category, 77), Definition),
        new("to define category 1", ErrorCode.PermissionDenied, "DefineAsync", 0, new WireName(1, 77), Definition),
        new("to set another's", ErrorCode.PermissionDenied, "SetAsync", 0, Other, Five, null),
        new("to read another's secret", ErrorCode.PermissionDenied, "ReadAsync", 0, Other),
        new("to delete another's", ErrorCode.PermissionDenied, "DeleteAsync", 0, Other),
        new("to publish another's", ErrorCode.PermissionDenied, "PublishAsync", 0, new WireBatch([Other], [Five], [], [])),
        new("a condition on another's secret", ErrorCode.PermissionDenied, "PublishAsync", 0, new WireBatch([Own], [Five], [Other], [0])),
        new("another's client, to set", ErrorCode.BadHandle, "SetAsync", -1, Other, Five, null),
        new("another's client, to delete", ErrorCode.BadHandle, "DeleteAsync", -1, Other),
        new("another's client, to read", ErrorCode.BadHandle, "ReadAsync", -1, Other),
        new("another's client, to list", ErrorCode.BadHandle, "ListAsync", -1, null),
        new("another's client, to attach", ErrorCode.BadHandle, "AttachAsync", -1, Other),
        new("a third attached property", ErrorCode.TooBig, "AttachAsync", 0, Own with { PropertyKey = 9 }),
        new("a persisted property", ErrorCode.NotSupported, "DefineAsync", 0, Own with { PropertyKey = 8 }, Definition with { Lifetime = 2 }),
        new("a large preallocation", ErrorCode.TooBig, "DefineAsync", 0, Own with { PropertyKey = 8 }, Definition with { Type = 2, Preallocate = int.MaxValue }),
        new("a call that does not exist", ErrorCode.NotSupported, "MintIdentity", SecureId.Engine.Value),
        new("to dispose the session's object", ErrorCode.NotSupported, "Dispose"),
    ];

    /// <summary>Tries all of them, and writes one code for each.</summary>
    public static async Task TryAsync(string path)
    {
        CancellationToken none = CancellationToken.None;
        await using RawPeer bus = await RawPeer.ConnectAsync(path, Purpose.Bus, none);
        bus.IsQuick = true;
        int client = (await bus.CallAsync("OpenAsync", none, Granted, 0u, 0u)).As<int>();
        await bus.CallAsync("OpenAsync", none, Granted, 0u, 0u);
        await bus.CallAsync("DefineAsync", none, client, Own, Definition);
        await bus.CallAsync("AttachAsync", none, client, Own);
        await bus.CallAsync("AttachAsync", none, client, Own);
        int number = 0;
        foreach (Attempt attempt in Tries)
        {
            object?[] arguments = [.. attempt.Arguments];
            if (attempt.Method != "OpenAsync" && arguments is [int which, ..])
            {
                // The first clients of the server are those of others.
                arguments[0] = which == 0 ? client : 1;
            }

            Say(number++, (await bus.CallAsync(attempt.Method, none, arguments)).Code);
        }

        await using RawPeer owner = await RawPeer.ConnectAsync(path, Purpose.Owner, none);
        RawPeer third = await RawPeer.ConnectAsync(path, Purpose.Bus, none);
        Say(number++, await RefusedAsync(path, Purpose.Bus, null));
        await third.DisposeAsync();
        foreach (uint sid in new[] { Foreign, SecureId.Engine.Value, Granted })
        {
            Say(number++, (await owner.CallAsync("ConnectAsync", none, new WireOwner(sid, true, TimeSpan.FromMinutes(1).Ticks))).Code);
        }

        Say(number++, (await owner.CallAsync("ModeAsync", none)).Code);
        Say(number++, await RefusedAsync(path, Purpose.Sections, new byte[16]));
        Say(number++, await RefusedAsync(path, (Purpose)99, null));
    }

    private static void Say(int number, ErrorCode code) => Console.WriteLine($"try {number} {code.Name}");

    private static async Task<ErrorCode> RefusedAsync(string path, Purpose purpose, byte[]? token)
    {
        try
        {
            await using RawPeer peer = await RawPeer.ConnectAsync(path, purpose, CancellationToken.None, token);
            return ErrorCode.Success;
        }
        catch (ConnException e)
        {
            return e.Code;
        }
    }

    /// <summary>One call of the bus.</summary>
    private sealed record Attempt(string What, ErrorCode Code, string Method, params object?[] Arguments);
}
