namespace Conn.Repository.Storage;

/// <summary>A new file of the file system. It requests write-back while it grows, so that the final flush is short.</summary>
internal sealed class FolderFileWriter : IStoredFileWriter
{
    private const long WriteBackBytes = 8 << 20;
    private readonly string _path;
    private readonly FileStream _file;
    private long _length;
    private long _writtenBack;

    public FolderFileWriter(string path)
    {
        _path = path;
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(path, options);
    }

    public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, bytes.Span, _length);
            _length += bytes.Length;
            if (_length - _writtenBack >= WriteBackBytes && OperatingSystem.IsLinux())
            {
                PageCache.StartWriteBack(_file.SafeFileHandle, _writtenBack, _length - _writtenBack);
                _writtenBack = _length;
            }

            return ValueTask.CompletedTask;
        }
        catch (Exception error) when (StorageErrors.IsStorage(error))
        {
            throw StorageErrors.Typed("write", _path, error);
        }
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            DeviceFlush.File(_file.SafeFileHandle, _path);
            return ValueTask.CompletedTask;
        }
        catch (Exception error) when (StorageErrors.IsStorage(error))
        {
            throw StorageErrors.Typed("flush", _path, error);
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
