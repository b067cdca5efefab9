using Conn.DataOwners.Posix;
using CsCheck;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Of a changed file above 16 MiB an increment stores what changed, and every state comes back exactly.</summary>
public sealed class BigFileTests
{
    private const int Mebi = 1 << 20;
    private static readonly TimeSpan Later = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_edits_of_big_files_over_a_chain_come_back_by_restore_and_by_extraction() =>
        await Gen.Int[0, int.MaxValue].SampleAsync(RunAsync, iter: 8, threads: 1);

    [Fact]
    public async Task A_megabyte_written_to_one_place_stores_little_more_than_that()
    {
        using var ground = new Playground();
        StoredStates stored = new(1, Mebi);
        ground.Write("big", Playground.Random(40 * Mebi));
        await stored.AddAsync(ground, Token);
        WriteAt(ground, "big", (13 * Mebi) + 5, Playground.Random(Mebi));
        await stored.AddAsync(ground, Token);
        ground.Append("big", Playground.Random(100));
        await stored.AddAsync(ground, Token);
        Assert.InRange(stored.Chain[1].Data.Length, Mebi, Mebi + (130 * 1024));
        Assert.InRange(stored.Chain[2].Data.Length, 100, 66 * 1024);
        await AssertStateAsync(ground, stored, 2, "grown");
    }

    [Fact]
    public async Task A_touched_big_file_stores_its_attributes_and_later_increments_still_know_its_blocks()
    {
        using var ground = new Playground();
        StoredStates stored = new(2, Mebi);
        ground.Write("big", Playground.Random(18 * Mebi));
        ground.Write("other", Playground.Random(18 * Mebi));
        await stored.AddAsync(ground, Token);
        ground.Time("big", 1_000_000_007);
        await stored.AddAsync(ground, Token);
        await stored.AddAsync(ground, Token);
        ground.Move("other", "moved");
        await stored.AddAsync(ground, Token);
        WriteAt(ground, "big", 5000, [1, 2, 3]);
        WriteAt(ground, "moved", 17 * Mebi, [1, 2, 3]);
        await stored.AddAsync(ground, Token);
        Assert.All(stored.Chain[1..4], static b => Assert.InRange(b.Data.Length, 1, 200));
        Assert.InRange(stored.Chain[4].Data.Length, 128 * 1024, 132 * 1024);
        await AssertStateAsync(ground, stored, 4, "after a touch and a move");
    }

    [Fact]
    public async Task A_big_file_that_changes_while_it_is_read_is_taken_back_and_read_again_as_changes()
    {
        using var ground = new Playground();
        ground.Write("big", Playground.Random(20 * Mebi));
        var clock = new ShiftedClock(Later);
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), null, 1, Token);
        WriteAt(ground, "big", 3 * Mebi, Playground.Random(10));
        int beats = 0;
        var options = new DirectoryOwnerOptions
        {
            Name = "files", Path = ground.Source, TimeProvider = clock, Progress = () => _ = ++beats == 200 ? WriteAt(ground, "big", 6 * Mebi, [7]) : 0,
        };
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(new DirectoryDataOwner(options), first, 2, Token);
        Assert.True(beats > 400, $"{beats}");
        Assert.Empty(second.Remarks.Errors);
        Assert.InRange(second.Data.Length, 128 * 1024, 260 * 1024);
        await OwnerDriver.RestoreAsync(ground.At("back"), [first, second], 1, Token, 3000);
        TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("back")), "changed while read");
    }

    [Fact]
    public async Task A_restore_of_a_big_file_that_hardly_changed_says_that_it_is_alive_and_can_be_stopped()
    {
        using var ground = new Playground();
        StoredStates stored = new(3, Mebi);
        ground.Write("big", Playground.Random(50 * Mebi));
        await stored.AddAsync(ground, Token);
        ground.Append("big", [1]);
        await stored.AddAsync(ground, Token);
        int beats = 0;
        using var stop = new CancellationTokenSource();
        await using DirectoryDataOwner owner = new(new DirectoryOwnerOptions { Name = "files", Path = ground.At("back"), Progress = () => beats++ });
        await OwnerDriver.StageAsync(owner, stored.Chain, 1, Token);
        Assert.InRange(beats, 3, 10);
        await using DirectoryDataOwner stopped = new(new DirectoryOwnerOptions { Name = "other", Path = ground.At("stopped"), Progress = stop.Cancel });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OwnerDriver.StageAsync(stopped, stored.Chain, 1, stop.Token));
    }

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        using var ground = new Playground();
        StoredStates stored = new(seed, 300_000);
        ground.Write("a", Playground.Random((17 * Mebi) + random.Next(Mebi)));
        ground.Sparse("b", 40L * Mebi, (random.Next(30) * Mebi, Playground.Random(3 * Mebi)), (39 * Mebi, Playground.Random(70_000)));
        int states = random.Next(3, 6);
        for (int state = 0; state < states; state++)
        {
            for (int edits = state == 0 ? 0 : random.Next(1, 5); edits > 0; edits--)
            {
                Edit(ground, random, $"new{state}{edits}");
            }

            await stored.AddAsync(ground, Token);
            Assert.Empty(stored.Chain[^1].Remarks.Errors);
        }

        await AssertStateAsync(ground, stored, states - 1, $"seed {seed}");
        await AssertStateAsync(ground, stored, random.Next(states - 1), $"seed {seed}, an earlier state");
    }

    private static void Edit(Playground ground, Random random, string free)
    {
        string[] names = [.. System.IO.Directory.EnumerateFiles(ground.Source).Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        string file = names[random.Next(names.Length)];
        long size = ground.Status(file).Size;
        switch (random.Next(9))
        {
            case 0 or 1:
                WriteAt(ground, file, random.NextInt64(size), Playground.Random(random.Next(1, 200_000)));
                break;
            case 2:
                ground.Append(file, Playground.Random(random.Next(1, 300_000)));
                break;
            case 3:
                Resize(ground, file, random.NextInt64(size));
                break;
            case 4:
                Resize(ground, file, size + random.NextInt64(3 * Mebi));
                break;
            case 5:
                Resize(ground, file, size - random.NextInt64(size));
                Resize(ground, file, size);
                break;
            case 6:
                ground.Move(file, free);
                WriteAt(ground, free, random.NextInt64(size), Playground.Random(100));
                break;
            case 7:
                ground.HardLink(free, file);
                break;
            default:
                ground.Swap(file, names[random.Next(names.Length)]);
                break;
        }
    }

    private static async Task AssertStateAsync(Playground ground, StoredStates stored, int state, string what)
    {
        string restored = ground.At($"restored-{state}");
        await OwnerDriver.RestoreAsync(restored, stored.Chain[..(state + 1)], state, Token, 700_000);
        TreeImage.AssertSame(stored.Images[state], TreeImage.Of(restored), what);
        Errno.Check(TreeRemover.Remove(Kernel.CurrentFolder, Playground.Raw(restored)), restored);
        string extracted = ground.At($"extracted-{state}");
        await stored.RestoreAsync(state, extracted, ContentOverwrite.Never, static _ => true, Token);
        TreeImage.AssertSame(stored.Images[state], TreeImage.Of(extracted), what + ", extracted");
        Errno.Check(TreeRemover.Remove(Kernel.CurrentFolder, Playground.Raw(extracted)), extracted);
    }

    private static int WriteAt(Playground ground, string name, long offset, byte[] bytes)
    {
        Errno.Check(Kernel.Open(Kernel.CurrentFolder, ground.In(name), OpenFlags.Write, 0, out int file), name);
        Errno.Check(Kernel.WriteAt(file, bytes, offset), name);
        Kernel.Close(file);
        return bytes.Length;
    }

    private static void Resize(Playground ground, string name, long size)
    {
        Errno.Check(Kernel.Open(Kernel.CurrentFolder, ground.In(name), OpenFlags.Write, 0, out int file), name);
        Errno.Check(Kernel.Truncate(file, size), name);
        Kernel.Close(file);
    }
}
