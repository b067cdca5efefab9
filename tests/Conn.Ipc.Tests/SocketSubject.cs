using Conn.ActiveBackup;
using Conn.Testing.Owners;

namespace Conn.Ipc.Tests;

/// <summary>A subject of the suites for owners, called through a socket.</summary>
internal sealed class SocketSubject(DataOwnerSubject inner, bool sharesMemory) : DataOwnerSubject
{
    private OwnerLink _link = null!;
    private ChannelClient _client = null!;

    public override IActiveBackupDataClient Client => _client;

    public override DriveList Drives => inner.Drives;

    public override int MinSectionBytes => inner.MinSectionBytes;

    public override bool SupportsIncremental => inner.SupportsIncremental;

    // A socket is real.
    public override bool RealWork => true;

    public override bool ChangesDuringBackup => inner.ChangesDuringBackup;

    public static async ValueTask<DataOwnerSubject> CreateAsync(DataOwnerSubject inner, bool sharesMemory = true)
    {
        SocketSubject subject = new(inner, sharesMemory);
        await subject.ConnectAsync();
        return subject;
    }

    public override void Change(int seed) => inner.Change(seed);

    public override void ChangeInPlace(int seed) => inner.ChangeInPlace(seed);

    public override void Clear() => inner.Clear();

    public override string Image(DriveNumber drive) => inner.Image(drive);

    public override string? Held() => inner.Held();

    public override bool DamagePrepared() => inner.DamagePrepared();

    public override async ValueTask ReopenAsync()
    {
        await _link.DisposeAsync();
        await inner.ReopenAsync();
        await ConnectAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    private async Task ConnectAsync()
    {
        _link = await OwnerLink.OpenAsync(inner.Client, sharesMemory);
        _client = await ChannelClient.CreateAsync(_link.Channel);
    }
}
