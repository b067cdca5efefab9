using Conn.ActiveBackup;
using Conn.DataOwners;
using Conn.DataOwners.Posix;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>A restore of a directory owner from a base and an increment into a real folder. Nothing beside the folder changes.</summary>
internal sealed class DirectoryRestoreParser : FuzzedParser
{
    /// <summary>What a restore left beside its target.</summary>
    private string? _left;

    public override string Name => "directory-restore";

    public override int MaxInputBytes => 16 << 10;

    public override IReadOnlyList<byte[]> Examples() =>
        [Cuts.Join(DirectoryExamples.Base(), DirectoryExamples.Increment()), Cuts.Join(DirectoryExamples.Base(), DirectoryExamples.Base()), Cuts.Join(DirectoryExamples.Base(), [])];

    public override void Parse(byte[] input)
    {
        byte[][] streams = Cuts.Parts(input, 2);
        string folder = ScratchFolder.Of(Name);
        string target = Path.Combine(folder, "target");
        try
        {
            RestoreAsync(target, streams).AsTask().GetAwaiter().GetResult();
        }
        finally
        {
            _ = TreeRemover.Remove(Kernel.CurrentFolder, RawOf(target));
            _left = Directory.EnumerateFileSystemEntries(folder).FirstOrDefault();
            _ = TreeRemover.Remove(Kernel.CurrentFolder, RawOf(folder));
        }
    }

    public override bool IsRefusal(Exception exception) => exception is ConnException && _left is null;

    private static byte[] RawOf(string path) => System.Text.Encoding.UTF8.GetBytes(path + '\0');

    private static async ValueTask RestoreAsync(string target, byte[][] streams)
    {
        await using DirectoryDataOwner owner = new(new DirectoryOwnerOptions { Name = "files", Path = target });
        await owner.PlanRestoreAsync(DriveNumber.C, 1000, default);
        await owner.InitialiseRestoreBaseDataAsync(DriveNumber.C, default);
        await owner.RestoreBaseDataSectionAsync(streams[0], true, default);
        if (streams[1].Length > 0)
        {
            await owner.InitialiseRestoreIncrementDataAsync(DriveNumber.C, default);
            await owner.RestoreIncrementDataSectionAsync(streams[1], true, default);
        }

        await owner.PrepareRestoreAsync(DriveNumber.C, default);
        await owner.RestoreCompleteAsync(DriveNumber.C, default);
    }
}
