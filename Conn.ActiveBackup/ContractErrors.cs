using Conn.PubSub.Security;

namespace Conn.ActiveBackup;

/// <summary>The sentences of the contract's own refusals, in one place.</summary>
internal static class ContractErrors
{
    public static ConnException NotAProxy(SecureId owner, DriveNumber drive) => new(
        ErrorCode.NotSupported,
        $"Data of owner {owner} on drive {drive} was asked of an owner that is not a proxy data manager; only its own data can be asked for.");
}
