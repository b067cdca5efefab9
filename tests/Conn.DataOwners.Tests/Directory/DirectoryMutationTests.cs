using System.Text;
using Conn.DataOwners.Posix;
using CsCheck;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

public sealed class DirectoryMutationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_sequence_of_changes_comes_back_state_by_state() =>
        await Gen.Int[0, int.MaxValue].SampleAsync(RunAsync, iter: 60, threads: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Backups_of_a_tree_that_never_rests_restore_and_the_next_quiet_one_is_exact(int seed)
    {
        using var ground = new Playground();
        var random = new Random(seed);
        for (int i = 0; i < 150; i++)
        {
            Mutate(ground, random);
        }

        var chain = new List<OwnerDriver.Backup>();
        for (int state = 0; state < 4; state++)
        {
            using var quiet = new CancellationTokenSource();
            Task changes = Task.Run(
                () =>
                {
                    while (!quiet.IsCancellationRequested)
                    {
                        Mutate(ground, random);
                    }
                },
                Token);
            for (int i = 0; i < 3; i++)
            {
                await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
                chain.Add(await OwnerDriver.BackupAsync(owner, chain.LastOrDefault(), seed + i, Token, 5000));

                // Each to a place of its own: what was left out of a moving tree must not stand in an older one's way.
                await OwnerDriver.RestoreAsync(ground.At($"moving-{state}-{i}"), chain, seed, Token);
            }

            await quiet.CancelAsync();
            await changes;
            chain.Add(await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), chain[^1], seed, Token));
            Assert.Empty(chain[^1].Remarks.Errors);
            await OwnerDriver.RestoreAsync(ground.At("quiet"), chain, seed, Token);
            TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("quiet")), $"seed {seed}, state {state}");
        }
    }

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        using var ground = new Playground();
        var clock = new ShiftedClock(TimeSpan.FromHours(random.Next(2)));
        var chain = new List<OwnerDriver.Backup>();
        var images = new List<TreeImage>();
        int states = random.Next(2, 6);
        for (int state = 0; state < states; state++)
        {
            for (int change = random.Next(state == 0 ? 40 : 12); change > 0; change--)
            {
                Mutate(ground, random);
            }

            clock.Shift += TimeSpan.FromSeconds(random.Next(-3, 10));
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source, clock);
            chain.Add(await OwnerDriver.BackupAsync(owner, chain.LastOrDefault(), seed + state, Token, random.Next(1, 70_000)));
            images.Add(TreeImage.Of(ground.Source));
            Assert.Empty(chain[^1].Remarks.Errors);
        }

        foreach (int state in new[] { random.Next(states), states - 1 }.Distinct())
        {
            string target = ground.At($"restored-{state}");
            await OwnerDriver.RestoreAsync(target, chain[..(state + 1)], seed, Token, random.Next(1, 70_000));
            TreeImage.AssertSame(images[state], TreeImage.Of(target), $"seed {seed}, state {state}");
        }
    }

    private static void Mutate(Playground ground, Random random)
    {
        TreeImage image = TreeImage.Of(ground.Source);
        string[] files = [.. image.Items.Where(static item => item.Value.Kind == FileKind.File).Select(static item => item.Key)];
        string[] folders = [.. image.Items.Where(static item => item.Value.Kind == FileKind.Folder).Select(static item => item.Key)];
        string[] all = [.. image.Items.Keys.Where(static path => path != ".")];
        string free = folders[random.Next(folders.Length)] + "/" + Name(random);
        string any = all.Length > 0 ? all[random.Next(all.Length)] : ".";
        string file = files.Length > 0 ? files[random.Next(files.Length)] : ".";
        bool taken = image.Items.ContainsKey(free);
        switch (random.Next(14))
        {
            case 0 or 1 when !taken:
                ground.Write(free, Playground.Random(random.Next(2000)));
                break;
            case 2 when !taken && free.Length < 120:
                ground.Folder(free);
                break;
            case 3 when !taken:
                ground.Link(free, Name(random));
                break;
            case 4 when !taken && files.Length > 0:
                ground.HardLink(free, file);
                break;
            case 5 when !taken && all.Length > 0 && !free.StartsWith(any + "/", StringComparison.Ordinal):
                ground.Move(any, free);
                break;
            case 6 when files.Length > 0:
                ground.Append(file, Playground.Random(random.Next(1, 3000)));
                break;
            case 7 when files.Length > 0:
                ground.Write(file, Playground.Random((int)Math.Min(image.Items[file].Size, 5000)));
                break;
            case 8 when all.Length > 0:
                ground.Remove(any);
                break;
            case 9 when files.Length > 0:
                // Readable for ourselves, so that it can be compared without privileges too.
                ground.Mode(file, random.Next(4096) | 0x180);
                break;
            case 10 when all.Length > 0:
                ground.Time(any, random.NextInt64(-1L << 55, 1L << 60));
                break;
            case 11 when all.Length > 0 && any != file && !any.StartsWith(file + "/", StringComparison.Ordinal) && files.Length > 0 && !file.StartsWith(any + "/", StringComparison.Ordinal):
                ground.Swap(any, file);
                break;
            case 12 when !taken:
                ground.Sparse(free, random.Next(1, 3 << 20), (random.Next(1 << 20), Playground.Random(random.Next(5000))));
                break;
            case 13 when files.Length > 0 && !taken:
                ground.Move(file, free);
                ground.Write(file, Playground.Random((int)Math.Min(image.Items[file].Size, 5000)));
                ground.Time(file, image.Items[file].Modified);
                break;
            default:
                break;
        }
    }

    private static string Name(Random random)
    {
        string[] few = ["a", "b", "c", "a.b", "a-", "A", "zz", "\xff", "e\n", "-"];
        return random.Next(3) > 0 ? few[random.Next(few.Length)] : Encoding.Latin1.GetString([(byte)random.Next(48, 256), (byte)random.Next(48, 256)]);
    }
}
