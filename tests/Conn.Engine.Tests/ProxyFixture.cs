using System.Text;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;

namespace Conn.Engine.Tests;

/// <summary>Short methods for owners with proxy managers. Ids follow the order in which owners are added, from 1.</summary>
internal static class ProxyFixture
{
    public static SecureId Sid(int number) => new(0x30000000u + (uint)number);

    public static async Task<ScriptedDataOwner> AddManagerAsync(this VirtualHost host, string name, ActiveType type = ActiveType.ActiveAndProxy,
        Func<DataOwnerRegistration, DataOwnerRegistration>? register = null, Func<DataOwnerParticipantOptions, DataOwnerParticipantOptions>? participate = null)
    {
        ScriptedDataOwner manager = new(name, host.Trace);
        if (type != ActiveType.ProxyOnly)
        {
            manager.Set($"{name}: data");
        }

        await host.AddAsync(name, manager, r => (register ?? (x => x))(r with { ActiveType = type }), participate);
        return manager;
    }

    public static async Task<ScriptedDataOwner> AddProxiedAsync(this VirtualHost host, string name, int[] managers, OwnerPolicy policy = OwnerPolicy.Required,
        Func<DataOwnerParticipantOptions, DataOwnerParticipantOptions>? participate = null)
    {
        ScriptedDataOwner owner = host.Owner(name);
        await host.AddAsync(name, owner, r => r with { Policy = policy, ProxyManagers = [.. managers.Select(Sid)] }, participate);
        return owner;
    }

    public static void Keep(this ScriptedDataOwner manager, int owner, string data) => manager.Kept[(Sid(owner), DriveNumber.C)] = Encoding.UTF8.GetBytes(data);

    public static string Kept(this ScriptedDataOwner manager, int owner) => Encoding.UTF8.GetString(manager.Kept[(Sid(owner), DriveNumber.C)]);

    /// <summary>Makes a callback of an owner fail in one of the ways in which owners fail, and gives the code that is reported then.</summary>
    public static ErrorCode Break(this ScriptedDataOwner owner, OwnerCallKind callback, string how, Func<ActiveBackupClient> client)
    {
        switch (how)
        {
            case "hangs":
                owner.Hang(callback);
                return ErrorCode.TimedOut;
            case "closes":
                owner.On(callback, async (_, _) => await client().DisposeAsync());
                return ErrorCode.ServerTerminated;
            default:
                owner.Fail(callback, new ErrorCode(-4711));
                return new ErrorCode(-4711);
        }
    }
}
