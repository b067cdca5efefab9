using System.Runtime.InteropServices;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Makes the current thread that of another user, without privileges, until disposed. Needs a test run by root; the owners work on the calling
/// thread, so everything they do is done by that user.</summary>
internal sealed partial class OtherUser : IDisposable
{
    internal const int Id = 65534;

    internal OtherUser() => SetEffectiveUser(Id);

    /// <summary>Ends a test that only root can make.</summary>
    internal static void SkipUnlessRoot()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("only root can act as another user");
        }
    }

    /// <summary>Gives an entry, not what is below it, to the other user.</summary>
    internal static void Own(string path) => Errno.Check(Kernel.ChangeOwner(Kernel.CurrentFolder, Playground.Raw(path), Id, Id), path);

    public void Dispose() => SetEffectiveUser(0);

    private static void SetEffectiveUser(int user)
    {
        // The C library would change every thread; the call itself changes this one.
        nint number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 147 : 117;
        if (Call(number, -1, user, -1) != 0)
        {
            throw new InvalidOperationException($"The thread cannot act as user {user}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, nint real, nint effective, nint saved);
}
