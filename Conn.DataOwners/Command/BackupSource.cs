using System.Security.Cryptography;
using Conn.ActiveBackup;

namespace Conn.DataOwners.Command;

/// <summary>Gives out what the program writes in its stage backup, followed by its SHA-256. Invariant: the stream is finished only after the program has ended
/// with 0.</summary>
internal sealed class BackupSource(StageFolder folder, CommandRun run, Action progress) : IAsyncDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _block = new byte[64 << 10];
    private ReadOnlyMemory<byte> _ready;
    private bool _isLast;

    public async ValueTask<SectionResult> TakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int filled = 0;
        while (filled < buffer.Length && !(_isLast && _ready.IsEmpty))
        {
            if (_ready.IsEmpty)
            {
                await ReadAsync(cancellationToken);
            }

            int bytes = Math.Min(_ready.Length, buffer.Length - filled);
            _ready[..bytes].CopyTo(buffer[filled..]);
            _ready = _ready[bytes..];
            filled += bytes;
        }

        return new SectionResult(filled, _isLast && _ready.IsEmpty);
    }

    public async ValueTask DisposeAsync()
    {
        await run.DisposeAsync();
        folder.Delete();
        _hash.Dispose();
    }

    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        int bytes = await run.ReadAsync(_block, cancellationToken);
        progress();
        if (bytes > 0)
        {
            _hash.AppendData(_block, 0, bytes);
            _ready = _block.AsMemory(0, bytes);
            return;
        }

        await run.EndAsync(cancellationToken);
        _ready = _hash.GetHashAndReset();
        _isLast = true;
    }
}
