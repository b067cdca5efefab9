namespace Conn.Ipc.Tests;

public static class OwnerChannelTests
{
    public sealed class WithSharedMemory : OwnerChannelContract
    {
        protected override bool SharesMemory => true;
    }

    public sealed class WithTheConnectionForSections : OwnerChannelContract
    {
        protected override bool SharesMemory => false;
    }
}
