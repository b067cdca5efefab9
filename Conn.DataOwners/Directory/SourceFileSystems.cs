using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>The file systems that a scan enters. Each is written back once, so that the times of its mapped files move when they are written to again.</summary>
/// <remarks>A write through a shared mapping moves a file's time only when its page was clean. After syncfs all pages are, so a later write is seen by its time.
/// File systems in memory never clean a page: there a mapped file is read whatever its times say.</remarks>
internal sealed class SourceFileSystems(DirectoryOwnerOptions options)
{
    private readonly Dictionary<ulong, bool> _inMemory = [];

    /// <summary>False once a file system could not be written back: its times may not tell what has changed.</summary>
    internal bool TimesAreTrue { get; private set; } = true;

    /// <param name="folder">An open folder of the file system.</param>
    /// <param name="device">The file system's number.</param>
    /// <param name="remarks">Where a failure is noted.</param>
    internal void Enter(int folder, ulong device, RemarkList remarks)
    {
        if (_inMemory.ContainsKey(device))
        {
            return;
        }

        // Writing back much data is one call of the kernel, and takes its time.
        using ITimer alive = KeepAlive(options);
        int error = Kernel.SyncFileSystem(folder);
        if (error != 0)
        {
            TimesAreTrue = false;
            remarks.Note($"The file system of the source could not be written back ({Errno.Text(error)}): every file is read, because times may not tell what has changed.");
        }

        _inMemory[device] = FileSystemKinds.IsInMemory(folder);
    }

    /// <summary>Whether what is written to a mapped file of this file system leaves its times as they are.</summary>
    internal bool HidesMappedWrites(ulong device) => !_inMemory.TryGetValue(device, out bool inMemory) || inMemory;

    /// <summary>Reports progress while one long call is under way, until disposed.</summary>
    internal static ITimer KeepAlive(DirectoryOwnerOptions options) => options.TimeProvider.CreateTimer(
        static progress => ((Action?)progress)?.Invoke(), options.Progress, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
}
