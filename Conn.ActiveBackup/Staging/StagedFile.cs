using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Conn.ActiveBackup.Staging;

/// <summary>Restored content beside the file that it will replace. It has the name of a staged file until it is durable, then that of a prepared one, which
/// ends with the beginning of its SHA-256: several that wait do not disturb each other.</summary>
/// <remarks>Invariant: until recovery, content that was put in place has an empty file beside it that says so, whatever the program has written since.</remarks>
internal sealed class StagedFile : IAsyncDisposable
{
    private const string Staged = ".conn-staged-";
    private const string Prepared = ".conn-prepared-";
    private const string Done = ".conn-done-";
    private const string Before = ".before-restore-";
    private const int HashDigits = 16;

    private readonly string _target;
    private readonly FileStream _file;
    private string _path;
    private readonly bool _isTakenUp;
    private bool _isPrepared;

    private StagedFile(string target, string path, FileMode mode)
    {
        _target = target;
        _path = path;
        KeptPath = $"{target}{Before}{Guid.NewGuid():N}";
        _isPrepared = _isTakenUp = mode == FileMode.Open;
        _file = Open(path, mode);
    }

    public FileStream Content => _file;

    /// <summary>Whether the file that it will replace was written to after this one.</summary>
    public bool IsTargetNewer => File.Exists(_target) && File.GetLastWriteTimeUtc(_target) > File.GetLastWriteTimeUtc(_path);

    /// <summary>A second stream over the open file, from its first byte. Closing it leaves the file open.</summary>
    public Stream OpenForReading() =>
        new FileStream(new SafeFileHandle(_file.SafeFileHandle.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0) { Position = 0 };

    public static StagedFile Create(string target) => new(target, $"{target}{Staged}{Guid.NewGuid():N}", FileMode.CreateNew);

    /// <summary>Refuses a restore that could not be staged or put in place.</summary>
    /// <exception cref="ConnException">Why not.</exception>
    public static void CheckPlace(string target, long bytes)
    {
        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            throw new ConnException(ErrorCode.PathNotFound, $"The folder {folder} does not exist; create it, or restore to another place.");
        }

        if (Directory.Exists(target))
        {
            throw new ConnException(ErrorCode.AlreadyExists, $"{target} is a folder, and a file is to be restored there; move it away, or restore to another place.");
        }

        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (bytes > free)
        {
            throw new ConnException(ErrorCode.DiskFull, $"{folder} has {free} bytes free, and the restored file needs about {bytes}; free some space.");
        }
    }

    /// <summary>Finds what an earlier process had prepared.</summary>
    /// <returns>The content; null when it is in place already.</returns>
    /// <exception cref="ConnException">Corrupt or NotFound: it is neither prepared nor in place.</exception>
    public static async ValueTask<StagedFile?> ResumeAsync(string target, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        if (token.Length != SHA256.HashSizeInBytes)
        {
            throw new ConnException(ErrorCode.Corrupt, $"The record of the restore of {target} has a token of {token.Length} bytes; restore again.");
        }

        string prepared = PreparedPath(target, token);
        if (File.Exists(prepared))
        {
            StagedFile found = new(target, prepared, FileMode.Open);
            if (await IsAsync(found._file, token, cancellationToken))
            {
                return found;
            }

            await found.DisposeAsync();
        }

        if (File.Exists(target))
        {
            await using FileStream present = new(target, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (await IsAsync(present, token, cancellationToken))
            {
                return null;
            }
        }

        if (!File.Exists(prepared) && File.Exists(DonePath(prepared, target)))
        {
            return null;
        }

        throw new ConnException(ErrorCode.NotFound, $"What was prepared for {target} is gone or changed; restore again.");
    }

    /// <summary>Removes what restores that were not committed have left.</summary>
    /// <param name="target">The file.</param>
    /// <param name="kept">What a restore that was taken up again holds, or null.</param>
    /// <returns>One sentence for each file.</returns>
    public static IReadOnlyList<string> RemoveLeftovers(string target, StagedFile? kept)
    {
        (string folder, string name) = (Path.GetDirectoryName(target)!, Path.GetFileName(target));
        List<string> removed = [];
        try
        {
            foreach (string path in Directory.EnumerateFiles(folder)
                .Where(p => p != kept?._path && (p.StartsWith(target + Staged, StringComparison.Ordinal) || p.StartsWith(target + Prepared, StringComparison.Ordinal))))
            {
                removed.Add(Remove(path));
            }

            foreach (string mark in Directory.EnumerateFiles(folder).Where(p => p.StartsWith(target + Done, StringComparison.Ordinal)))
            {
                File.Delete(mark);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            removed.Add($"What earlier restores of {name} may have left in {folder} cannot be listed: {e.Message}");
        }

        return removed;
    }

    /// <summary>Makes the content durable under the name of a prepared file.</summary>
    /// <returns>The SHA-256 of the content.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> PrepareAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(_target))
        {
            File.SetUnixFileMode(_file.SafeFileHandle, File.GetUnixFileMode(_target));
        }

        _file.Position = 0;
        byte[] hash = await SHA256.HashDataAsync(_file, cancellationToken);
        DeviceFlush.File(_file.SafeFileHandle, _path);
        string prepared = PreparedPath(_target, hash);
        File.Move(_path, prepared, overwrite: true);
        DeviceFlush.Folder(Path.GetDirectoryName(prepared)!);
        (_path, _isPrepared) = (prepared, true);
        return hash;
    }

    /// <summary>Where the file that is replaced is kept when it was written to after this one was prepared: what was written is in no backup.</summary>
    public string KeptPath { get; }

    public void PutInPlace()
    {
        if (_isTakenUp && IsTargetNewer)
        {
            File.Move(_target, KeptPath);
        }

        if (_isPrepared)
        {
            File.Create(DonePath(_path, _target)).Dispose();
        }

        File.Move(_path, _target, overwrite: true);
        DeviceFlush.Folder(Path.GetDirectoryName(_target)!);
    }

    /// <summary>Closes the file. One that is not prepared is removed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        if (!_isPrepared)
        {
            File.Delete(_path);
        }
    }

    private static string PreparedPath(string target, ReadOnlyMemory<byte> hash) => target + Prepared + Convert.ToHexStringLower(hash.Span)[..HashDigits];

    private static string DonePath(string prepared, string target) => target + Done + prepared[(target + Prepared).Length..];

    private static string Remove(string path)
    {
        try
        {
            // Fails while another process restores.
            Open(path, FileMode.Open).Dispose();
            File.Delete(path);
            return $"Removed {path}, which an earlier restore had left.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} is left of an earlier restore, or in use by one that runs: {e.Message}";
        }
    }

    private static async ValueTask<bool> IsAsync(Stream content, ReadOnlyMemory<byte> hash, CancellationToken cancellationToken)
    {
        byte[] found = await SHA256.HashDataAsync(content, cancellationToken);
        return hash.Span.SequenceEqual(found);
    }

    private static FileStream Open(string path, FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.Delete, BufferSize = 0 };
        if (mode == FileMode.CreateNew && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
