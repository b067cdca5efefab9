using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>A restore record as a file, bound to its repository.</summary>
internal sealed record StoredRestore(Hash128 RepositoryId, RestoreRecord Restore) : IStoredRecord<StoredRestore>
{
    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(7);
        writer.Hash(RepositoryId);
        writer.Text(Restore.Id);
        writer.Number(Restore.Number);
        writer.Number(Restore.Time.UtcTicks);
        writer.Number(Restore.Sequence);
        writer.Flag(Restore.Completed);
        writer.Array(Restore.Owners.Count);
        foreach (RestoreOwner owner in Restore.Owners)
        {
            writer.Array(6);
            writer.Text(owner.Name);
            writer.Number(owner.Sid);
            writer.Text(owner.Set.Text);
            writer.Flag(owner.ChangesParent);
            writer.Flag(owner.Completed);
            writer.Array(owner.Drives.Count);
            foreach (RestoreDrive drive in owner.Drives)
            {
                writer.Array(2);
                writer.Number(drive.Drive);
                writer.Bytes(drive.Token.Span);
            }
        }

        return writer.Seal(RecordKind.Restore);
    }

    public static StoredRestore Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Restore, record, static (ref RecordReader reader) =>
    {
        reader.Fields(7);
        Hash128 repository = reader.Hash();
        string id = reader.SetId().Text;
        long number = reader.Number(1, FormatLimits.MaxNumber);
        DateTimeOffset time = reader.Time();
        long sequence = reader.Number(0, FormatLimits.MaxNumber);
        bool completed = reader.Flag();
        List<RestoreOwner> owners = [];
        for (int left = reader.Count(FormatLimits.MaxParts); left > 0; left--)
        {
            owners.Add(Owner(ref reader));
        }

        return new StoredRestore(repository, new RestoreRecord
        {
            Id = id,
            Number = number,
            Time = time,
            Sequence = sequence,
            Completed = completed,
            Owners = owners,
        });
    });

    public bool IsSameAs(StoredRestore other) =>
        RepositoryId == other.RepositoryId
        && Restore with { Owners = [] } == other.Restore with { Owners = [] }
        && Restore.Owners.Count == other.Restore.Owners.Count
        && Restore.Owners.Zip(other.Restore.Owners).All(static pair => AreSame(pair.First, pair.Second));

    private static bool AreSame(RestoreOwner left, RestoreOwner right) =>
        left with { Drives = [] } == right with { Drives = [] }
        && left.Drives.Count == right.Drives.Count
        && left.Drives.Zip(right.Drives).All(static pair =>
            pair.First.Drive == pair.Second.Drive && pair.First.Token.Span.SequenceEqual(pair.Second.Token.Span));

    private static RestoreOwner Owner(ref RecordReader reader)
    {
        reader.Fields(6);
        string name = reader.Text(1, FormatLimits.MaxNameLength);
        uint sid = (uint)reader.Number(0, uint.MaxValue);
        SetId set = reader.SetId();
        bool changesParent = reader.Flag();
        bool completed = reader.Flag();
        List<RestoreDrive> drives = [];
        for (int left = reader.Count(FormatLimits.MaxDrive + 1); left > 0; left--)
        {
            reader.Fields(2);
            byte drive = (byte)reader.Number(drives.Count == 0 ? 0 : drives[^1].Drive + 1, FormatLimits.MaxDrive);
            drives.Add(new RestoreDrive(drive, reader.Bytes(0, RestoreDrive.MaxTokenBytes)));
        }

        return new RestoreOwner { Name = name, Sid = sid, Set = set, ChangesParent = changesParent, Completed = completed, Drives = drives };
    }
}
