using System.Diagnostics;
using Xunit;

namespace Conn.Repository.Tests;

/// <summary>A real file system of a few megabytes, mounted for one test. The test is skipped where it cannot be mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SmallDisk()
    {
    }

    public string Path => _folder.Path;

    public static SmallDisk Mount(int bytes)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "A small file system can only be mounted by root on Linux.");
        SmallDisk disk = new();
        if (Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "conn-test", disk.Path) != 0)
        {
            disk._folder.Dispose();
            Assert.Skip("A small file system cannot be mounted here.");
        }

        return disk;
    }

    public void Dispose()
    {
        Run("umount", "-l", Path);
        _folder.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
