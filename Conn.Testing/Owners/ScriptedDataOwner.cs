using System.IO.Hashing;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Owners;

/// <summary>A data owner in memory that does as it is told: keeps bytes per drive, and in any callback can be made to wait, hang, fail or die.</summary>
/// <remarks>
/// It stages what is restored and takes it over in RestoreComplete, as a good owner does. A base is its data; an increment is empty when nothing
/// changed, else one byte and all of its data. Its snapshot is a hash of its data. PrepareRestore compares what was staged with the snapshot that the restore
/// gave, and refuses damaged data. Not thread-safe; callbacks come one at a time.
/// </remarks>
public sealed partial class ScriptedDataOwner : IActiveBackupDataClient, IRestorePrepare, IDisposable
{
    private readonly Dictionary<OwnerCallKind, Func<int, CancellationToken, ValueTask>> _script = [];
    private readonly Dictionary<OwnerCallKind, int> _calls = [];
    private readonly Dictionary<DriveNumber, MemoryStream> _oldSnapshots = [];
    private readonly Dictionary<DriveNumber, byte[]> _staged = [];
    private readonly Dictionary<DriveNumber, long> _prepared = [];
    private readonly HashSet<DriveNumber> _completeSnapshots = [];
    private readonly Dictionary<DriveNumber, byte[]?> _restoredHashes = [];
    private readonly CallbackTrace? _trace;
    private readonly ScriptedDisk _disk;
    private MemoryStream _open = new();
    private MemoryStream _newSnapshot = new();
    private DriveNumber _drive;

    /// <summary>Makes an owner with no data and an empty script.</summary>
    /// <param name="name">Its name in the trace.</param>
    /// <param name="trace">Where its callbacks are noted; or null.</param>
    /// <param name="disk">What an earlier process of it left; null, the default, for a new one.</param>
    public ScriptedDataOwner(string name, CallbackTrace? trace, ScriptedDisk? disk = null)
    {
        Name = name;
        _trace = trace;
        _disk = disk ?? new ScriptedDisk();
    }

    /// <summary>Its name in the trace.</summary>
    public string Name { get; }

    /// <summary>Its private data, per drive. The owner keeps the arrays.</summary>
    public IDictionary<DriveNumber, byte[]> Data => _disk.Data;

    /// <summary>The most bytes it puts into one section; default: the whole buffer.</summary>
    public int MaxSectionBytes { get; set; } = int.MaxValue;

    /// <summary>What it says it will hand over; null, the default, for the truth.</summary>
    public long? ExpectedSize { get; set; }

    /// <summary>True while a stream is open or something is staged: a released owner holds nothing.</summary>
    public bool Holds { get; private set; }

    /// <summary>Says what happens in a callback, before it does its work; the number of the call (from 0) is given.</summary>
    /// <param name="callback">The callback.</param>
    /// <param name="act">What to do; throwing fails the callback.</param>
    /// <returns>This owner.</returns>
    public ScriptedDataOwner On(OwnerCallKind callback, Func<int, CancellationToken, ValueTask> act)
    {
        _script[callback] = act;
        return this;
    }

    /// <summary>Makes a callback fail with a code.</summary>
    /// <param name="callback">The callback.</param>
    /// <param name="code">The code.</param>
    /// <returns>This owner.</returns>
    public ScriptedDataOwner Fail(OwnerCallKind callback, ErrorCode code) =>
        On(callback, (_, _) => throw new ConnException(code, $"scripted to fail with {code}"));

    /// <summary>Makes a callback hang for ever, deaf to cancellation.</summary>
    /// <param name="callback">The callback.</param>
    /// <returns>This owner.</returns>
    public ScriptedDataOwner Hang(OwnerCallKind callback) => On(callback, (_, _) => new ValueTask(new TaskCompletionSource().Task));

    /// <inheritdoc/>
    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) =>
        StepAsync(OwnerCallKind.AllSnapshotsSupplied, "", cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.ReceiveSnapshotData, $" {drive} {section.Length}{Mark(last)}", cancellationToken);
        if (_completeSnapshots.Remove(drive) || !_oldSnapshots.TryGetValue(drive, out MemoryStream? snapshot))
        {
            _oldSnapshots[drive] = snapshot = new MemoryStream();
        }

        snapshot.Write(section.Span);
        if (last)
        {
            _completeSnapshots.Add(drive);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.GetExpectedDataSize, $" {drive}", cancellationToken);
        return ExpectedSize ?? DataOf(drive).Length;
    }

    /// <inheritdoc/>
    public async ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.GetSnapshotData, $" {drive}", cancellationToken);
        return Take(_newSnapshot, buffer);
    }

    /// <inheritdoc/>
    public async ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.InitialiseGetBackupData, $" {drive}", cancellationToken);
        Holds = true;
        byte[] hash = XxHash128.Hash(DataOf(drive));
        // A snapshot serves one operation: the next one without gets a base.
        _completeSnapshots.Remove(drive);
        _open = !_oldSnapshots.Remove(drive, out MemoryStream? old) ? new MemoryStream(DataOf(drive))
            : old.ToArray().AsSpan().SequenceEqual(hash) ? new MemoryStream() : new MemoryStream([1, .. DataOf(drive)]);
        _newSnapshot = new MemoryStream(hash);
    }

    /// <inheritdoc/>
    public async ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.GetBackupDataSection, "", cancellationToken);
        SectionResult result = Take(_open, buffer);
        Holds = !result.Finished;
        return result;
    }

    /// <inheritdoc/>
    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        OpenRestoreAsync(OwnerCallKind.InitialiseRestoreBaseData, drive, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        StageAsync(OwnerCallKind.RestoreBaseDataSection, section, last, cancellationToken);

    /// <inheritdoc/>
    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        OpenRestoreAsync(OwnerCallKind.InitialiseRestoreIncrementData, drive, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        StageAsync(OwnerCallKind.RestoreIncrementDataSection, section, last, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.RestoreComplete, $" {drive}", cancellationToken);
        if (_prepared.Remove(drive, out long token))
        {
            _disk.Prepared.Remove(token);
            _disk.InPlace.Add(token);
        }

        if (_staged.Remove(drive, out byte[]? staged))
        {
            Data[drive] = staged;
        }

        TakeOverKept(drive);
        Holds = _staged.Count > 0 || _stagedKept.Count > 0;
    }

    /// <inheritdoc/>
    public async ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.TerminateMultiStageOperation, "", cancellationToken);
        Forget();
    }

    /// <inheritdoc/>
    public object? GetExtendedInterface(int uid) => uid == ExtendedInterfaces.RestorePrepare ? this : null;

    /// <inheritdoc/>
    public async ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.GetDataChecksum, $" {drive}", cancellationToken);
        return (uint)XxHash64.HashToUInt64(DataOf(drive));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _open.Dispose();
        _newSnapshot.Dispose();
    }

    private static string Mark(bool last) => last ? " last" : "";

    private byte[] DataOf(DriveNumber drive) => Data.TryGetValue(drive, out byte[]? data) ? data : [];

    private SectionResult Take(MemoryStream from, Memory<byte> buffer)
    {
        int read = from.Read(buffer.Span[..Math.Min(buffer.Length, MaxSectionBytes)]);
        return new SectionResult(read, from.Position == from.Length);
    }

    private async ValueTask OpenRestoreAsync(OwnerCallKind callback, DriveNumber drive, CancellationToken cancellationToken)
    {
        await StepAsync(callback, $" {drive}", cancellationToken);
        Holds = true;
        _drive = drive;
        _proxied = null;
        _open = new MemoryStream();
        bool hasSnapshot = _completeSnapshots.Remove(drive);
        _oldSnapshots.Remove(drive, out MemoryStream? snapshot);
        if (callback == OwnerCallKind.InitialiseRestoreBaseData)
        {
            // What the data must be when base and increments were given; null if the restore gives no snapshot.
            _restoredHashes[drive] = hasSnapshot ? snapshot?.ToArray() : null;
        }
    }

    private async ValueTask StageAsync(OwnerCallKind callback, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        await StepAsync(callback, $" {section.Length}{Mark(last)}", cancellationToken);
        _open.Write(section.Span);
        if (last && _proxied is { } proxied)
        {
            _stagedKept[(proxied, _drive)] = _open.ToArray();
        }
        else if (last && (callback == OwnerCallKind.RestoreBaseDataSection || _open.Length > 0))
        {
            _staged[_drive] = callback == OwnerCallKind.RestoreBaseDataSection ? _open.ToArray() : _open.ToArray()[1..];
        }
    }

    private void Forget()
    {
        _staged.Clear();
        _stagedKept.Clear();
        _prepared.Clear();
        _oldSnapshots.Clear();
        _completeSnapshots.Clear();
        _restoredHashes.Clear();
        _open = new MemoryStream();
        Holds = false;
    }

    private async ValueTask StepAsync(OwnerCallKind callback, string arguments, CancellationToken cancellationToken)
    {
        if (callback != OwnerCallKind.Recover)
        {
            // Recovery opens every operation of every owner; a trace tells what differs.
            _trace?.Add(Name, callback + arguments);
        }

        int call = _calls.GetValueOrDefault(callback);
        _calls[callback] = call + 1;
        if (_script.TryGetValue(callback, out Func<int, CancellationToken, ValueTask>? act))
        {
            await act(call, cancellationToken);
        }
    }
}
