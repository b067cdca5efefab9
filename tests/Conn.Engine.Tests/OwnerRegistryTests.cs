using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

public sealed class OwnerRegistryTests
{
    [Theory]
    [InlineData("first", 9u)]
    [InlineData("another", 1u)]
    public void A_name_and_an_id_are_taken_once(string name, uint sid) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("first", new SecureId(1)));

        ConnException refused = await Assert.ThrowsAsync<ConnException>(() => host.Engine.RegisterAsync(new DataOwnerRegistration(name, new SecureId(sid))));

        Assert.Equal(ErrorCode.AlreadyExists, refused.Code);
        Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));
        await host.Engine.RegisterAsync(new DataOwnerRegistration("second", new SecureId(2)));
    });

    [Fact]
    public void An_owner_that_is_not_registered_is_refused_with_those_that_are() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.RegisterAsync("known");

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.Engine.BackupAsync(
            new BackupRequest { Repository = host.Repository, Owners = [new SecureId(0x77)] }, HostFixture.Never));

        Assert.Equal(OperationRefusal.NoSuchOwner, refused.Refusal);
        Assert.Contains("known", refused.Message, StringComparison.Ordinal);
        Assert.Single(host.Modes);
    });
}
