using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>How a restore record is stored.</summary>
internal static class RestoreFormat
{
    public static byte[] Seal(byte[] repositoryId, RestoreRecord restore)
    {
        var writer = new RecordWriter();
        writer.Array(7);
        writer.Bytes(repositoryId);
        writer.Text(restore.Id);
        writer.Number(restore.Number);
        writer.Number(restore.Time.UtcTicks);
        writer.Number(restore.Sequence);
        writer.Flag(restore.Completed);
        writer.Array(restore.Owners.Count);
        foreach (var owner in restore.Owners)
        {
            writer.Array(6);
            writer.Text(owner.Name);
            writer.Number(owner.Sid);
            writer.Text(owner.Set.Text);
            writer.Flag(owner.ChangesParent);
            writer.Flag(owner.Completed);
            writer.Array(owner.Drives.Count);
            foreach (var drive in owner.Drives)
            {
                writer.Array(2);
                writer.Number(drive.Drive);
                writer.Bytes(drive.Token.Span);
            }
        }

        return writer.Seal(RecordKind.Restore);
    }

    public static (byte[] RepositoryId, RestoreRecord Restore) Open(ReadOnlyMemory<byte> record) =>
        RecordReader.Read(RecordKind.Restore, record, static (ref RecordReader reader) =>
        {
            reader.Fields(7);
            var repository = reader.Bytes(16, 16);
            var id = IndexRecord.ReadId(ref reader).Text;
            var number = reader.Number(1, long.MaxValue);
            var time = new DateTimeOffset(reader.Number(0, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);
            var sequence = reader.Number(0, long.MaxValue);
            var completed = reader.Flag();
            var owners = new List<RestoreOwner>();
            for (var left = reader.Count(); left > 0; left--)
            {
                owners.Add(Owner(ref reader));
            }

            return (repository, new RestoreRecord
            {
                Id = id,
                Number = number,
                Time = time,
                Sequence = sequence,
                Completed = completed,
                Owners = owners,
            });
        });

    private static RestoreOwner Owner(ref RecordReader reader)
    {
        reader.Fields(6);
        var name = reader.Text(1, FormatLimits.MaxNameLength);
        var sid = (uint)reader.Number(0, uint.MaxValue);
        SetId set = IndexRecord.ReadId(ref reader);
        var changesParent = reader.Flag();
        var completed = reader.Flag();
        var drives = new List<RestoreDrive>();
        for (var left = reader.Count(); left > 0; left--)
        {
            reader.Fields(2);
            var drive = (byte)reader.Number(drives.Count == 0 ? 0 : drives[^1].Drive + 1, FormatLimits.MaxDrive);
            drives.Add(new RestoreDrive(drive, reader.Bytes(0, RestoreDrive.MaxTokenBytes)));
        }

        return new RestoreOwner { Name = name, Sid = sid, Set = set, ChangesParent = changesParent, Completed = completed, Drives = drives };
    }
}
