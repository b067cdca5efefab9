using Conn.ActiveBackup.Content;
using Conn.DataOwners;
using Conn.DataOwners.Directory;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>The snapshot of a directory owner: as an increment receives it, and as a list of the content. The first byte of an input says how it is cut.</summary>
internal sealed class DirectorySnapshotParser : FuzzedParser
{
    private readonly DirectoryContent _content = new();

    public override string Name => "directory-snapshot";

    public override IReadOnlyList<byte[]> Examples() => [[0, .. DirectoryExamples.Snapshot()], [200, .. DirectoryExamples.Snapshot()]];

    public override void Parse(byte[] input)
    {
        byte[] snapshot = input.Length == 0 ? [] : input[1..];
        Both(
            () =>
            {
                using OldSnapshot old = new(Path.GetTempPath());
                old.Append(snapshot);
                old.Check(default);
            },
            () => ListAsync(Cuts.Stream(snapshot, input.Length == 0 ? 0 : input[0])).AsTask().GetAwaiter().GetResult());
    }

    public override bool IsRefusal(Exception exception) => exception is ConnException refusal && refusal.Code == ErrorCode.Corrupt;

    // What one refuses, the other refuses too.
    private void Both(Action received, Action listed)
    {
        bool isRefused = false;
        try
        {
            received();
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            isRefused = true;
        }

        listed();
        if (isRefused)
        {
            throw new InvalidOperationException("A snapshot is listed that an increment refuses.");
        }
    }

    private async ValueTask ListAsync(StoredStream snapshot)
    {
        await foreach (ContentEntry entry in _content.ListContentAsync(new StoredContent { Chain = [], Snapshot = snapshot }, default))
        {
            _ = entry.Text;
        }
    }
}
