using Conn.Repository.Compression;

namespace Conn.Repository.Tests.Compression;

public sealed class ManagedZstdTests : ZstdCodecContract
{
    private protected override ZstdCodec Create(int level) => new ManagedZstd(level);
}
