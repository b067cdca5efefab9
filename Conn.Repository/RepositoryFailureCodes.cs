namespace Conn.Repository;

/// <summary>The error code of each kind of failure.</summary>
internal static class RepositoryFailureCodes
{
    public static ErrorCode ToCode(this RepositoryFailure failure) => failure switch
    {
        RepositoryFailure.NoRepository or RepositoryFailure.NoSuchSet or RepositoryFailure.NoSuchOwner => ErrorCode.NotFound,
        RepositoryFailure.Foreign => ErrorCode.AlreadyExists,
        RepositoryFailure.NewerFormat => ErrorCode.NotSupported,
        RepositoryFailure.Damaged or RepositoryFailure.ChainBroken => ErrorCode.Corrupt,
        RepositoryFailure.InUse => ErrorCode.InUse,
        RepositoryFailure.DiskFull => ErrorCode.DiskFull,
        RepositoryFailure.NotPermitted or RepositoryFailure.WrongKey => ErrorCode.AccessDenied,
        _ => ErrorCode.General,
    };
}
