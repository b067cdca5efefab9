using Microsoft.Win32.SafeHandles;

namespace Conn.Repository.Storage;

/// <summary>A new file of the file system. It requests write-back while it grows, so that the final flush is short.</summary>
internal sealed class FolderFileWriter : IStoredFileWriter
{
    private const long WriteBackBytes = 8 << 20;
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private long _length;
    private long _writtenBack;

    public FolderFileWriter(string path, string root)
    {
        _path = path;
        _file = PrivateFile.Create(path);
        try
        {
            FolderOwner.Give(_file, path, root);
        }
        catch
        {
            _file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            RandomAccess.Write(_file, bytes.Span, _length);
            _length += bytes.Length;
            if (_length - _writtenBack >= WriteBackBytes && OperatingSystem.IsLinux())
            {
                PageCache.StartWriteBack(_file, _writtenBack, _length - _writtenBack);
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
            DeviceFlush.File(_file, _path);
            return ValueTask.CompletedTask;
        }
        catch (Exception error) when (StorageErrors.IsStorage(error))
        {
            throw StorageErrors.Typed("flush", _path, error);
        }
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }
}
