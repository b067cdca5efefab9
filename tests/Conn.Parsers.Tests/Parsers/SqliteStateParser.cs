using Conn.DataOwners.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>The snapshot that an increment of a SQLite owner receives, with the digest made right, and the token of a prepared restore. The first byte of an input says how
/// the snapshot is cut.</summary>
internal sealed class SqliteStateParser : FuzzedParser
{
    private const string Owner = "ledger";

    public override string Name => "sqlite-snapshot";

    public override int MaxInputBytes => 8192;

    public override IReadOnlyList<byte[]> Examples() =>
    [
        [0, .. new SnapshotHeader(4096, 3, new byte[16]).ToBytes(), .. new byte[48]],
        [9, .. new SnapshotHeader(512, 1, new byte[16]).ToBytes(), .. new byte[16]],
        new RestoreToken(".conn-restore-ledger-0123456789abcdef", true, new StagedState(4096, 3, new byte[16], false, 0x1A4), new byte[16], 5).ToBytes(),
    ];

    public override void Parse(byte[] input)
    {
        Refusable(() => _ = RestoreToken.Parse(input, Owner));
        if (input.Length == 0)
        {
            return;
        }

        byte[] snapshot = input[1..];
        if (snapshot.Length >= SnapshotHeader.Bytes)
        {
            StateDigest digest = new();
            digest.Append(snapshot.AsSpan(SnapshotHeader.Bytes));
            digest.Finish(BitConverter.ToInt32(snapshot, 12), BitConverter.ToUInt32(snapshot, 16)).CopyTo(snapshot, 20);
        }

        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.DeleteOnClose);
        using ReceivedSnapshot received = new(file);
        foreach ((ReadOnlyMemory<byte> section, bool isLast) in Cuts.Of(snapshot, input[0]))
        {
            received.Accept(section.Span, isLast);
        }

        received.Check(default);
        _ = received.HashOf(1);
        _ = received.HashOf(received.Header!.PageCount);
    }

    public override bool IsRefusal(Exception exception) => exception is ConnException refusal && refusal.Code == ErrorCode.Corrupt;

    private void Refusable(Action parse)
    {
        try
        {
            parse();
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            // It is no token; it may be a snapshot.
        }
    }
}
