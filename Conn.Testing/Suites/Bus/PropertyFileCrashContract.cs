#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Extensions;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store with a file promises after a crash. A crash leaves the file as it is at that moment: a copy of it.</summary>
public abstract class PropertyFileCrashContract : PersistenceSuite
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_crash_no_revision_is_given_to_a_publish_again(bool written)
    {
        string path = NewPath();
        string crashed = NewPath();
        var file = new PropertyFile(path);
        IPropertyClient client = await OpenAsync(await OpenStoreAsync(file), OwnerSid);
        await client.DefineAsync(NameOf(1), Kept(), Token);
        await client.DefineAsync(NameOf(2), Open(PropertyType.Int), Token);
        await client.SetAsync(NameOf(1), 1, Token);
        if (written)
        {
            file.Flush();
        }

        // These are in memory only.
        Revision old = Revision.None;
        for (int i = 0; i < 11; i++)
        {
            old = await client.SetAsync(NameOf(2), 100 + i, Token);
        }

        File.Copy(path, crashed);
        IPropertyClient later = await OpenAsync(await OpenStoreAsync(crashed), OwnerSid);
        Assert.Equal(written ? ErrorCode.Success : ErrorCode.NotFound, (await later.TryReadAsync(NameOf(1), Token)).Code);
        await later.DefineAsync(NameOf(2), Open(PropertyType.Int), Token);
        for (int i = 0; i < 100; i++)
        {
            Revision revision = await later.SetAsync(NameOf(2), 999, Token);
            Assert.True(revision > old, $"{revision} after {old}");
        }

        Assert.Equal(ErrorCode.Changed, (await later.TryCompareAndSetAsync(NameOf(2), 5, old, Token)).Code);
        var recorder = new EventRecorder(RankOf);
        using IDisposable watch = later.Watch(after: old).Subscribe(recorder);
        await SettleAsync();
        Assert.Equal(PropertyEventKind.TooOld, Assert.Single(recorder.Events).Kind);
    }

    [Fact]
    public async Task Crash_after_crash_the_revisions_rise()
    {
        Revision last = Revision.None;
        string? crashed = null;
        for (int i = 0; i < 20; i++)
        {
            string path = NewPath();
            if (crashed is not null)
            {
                File.Copy(crashed, path);
            }

            IPropertyClient client = await OpenAsync(await OpenStoreAsync(path), OwnerSid);
            await client.DefineAsync(NameOf(1), Open(PropertyType.Int), Token);
            Revision revision = await client.SetAsync(NameOf(1), i, Token);
            Assert.True(revision > last, $"{revision} after {last}");
            last = revision;
            crashed = path;
        }
    }
}
