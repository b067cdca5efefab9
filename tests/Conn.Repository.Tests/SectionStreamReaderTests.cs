using System.Runtime.InteropServices;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class SectionStreamReaderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Memory_that_a_reader_returned_is_never_used_by_another_reader(int workers)
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers });
        byte[][] data = [.. Enumerable.Range(0, 8).Select(static seed => seed % 2 == 0 ? Noise(seed, 5000) : Text(seed, 5000))];
        byte[][] snapshot = [Noise(20, 3000), Text(21, 3000), Noise(22, 3000)];
        BackupSet first = await BackupAsync(repository, 1, null, data, snapshot);
        BackupSet second = await BackupAsync(repository, 1, first.Part(1), data, snapshot);
        List<ArraySegment<byte>> returned = [];
        foreach (OwnerPart part in new[] { first.Parts[0], second.Parts[0], first.Parts[0] })
        {
            foreach ((StreamKind kind, byte[][] expected) in new[] { (StreamKind.Data, data), (StreamKind.Snapshot, snapshot) })
            {
                List<ArraySegment<byte>> own = [];
                List<byte[]> read = [];
                await using (SectionStreamReader reader = repository.OpenStream(part, DriveC, kind))
                {
                    while (await reader.ReadAsync(Token) is { } section)
                    {
                        Assert.True(MemoryMarshal.TryGetArray(section, out ArraySegment<byte> array));
                        Assert.DoesNotContain(returned, other => ReferenceEquals(other.Array, array.Array));
                        own.Add(array);
                        read.Add(section.ToArray());
                    }
                }

                // The caller still writes to the memory after the reader is disposed; no later reader returns these bytes.
                own.ForEach(static array => array.AsSpan().Fill(0xff));
                returned.AddRange(own);
                Assert.Equal(expected, read);
            }
        }
    }
}
