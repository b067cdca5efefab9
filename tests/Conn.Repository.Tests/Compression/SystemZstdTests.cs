using Conn.Repository.Compression;
using Xunit;

namespace Conn.Repository.Tests.Compression;

public sealed class SystemZstdTests : ZstdCodecContract
{
    private protected override ZstdCodec Create(int level)
    {
        Assert.SkipUnless(ZstdLibrary.System is not null, "This machine has no libzstd.");
        return new SystemZstd(ZstdLibrary.System, level);
    }
}
