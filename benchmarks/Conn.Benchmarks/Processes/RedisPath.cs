using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Conn.Benchmarks.Processes;

/// <summary>PUBLISH and SUBSCRIBE of a Redis server on a Unix socket, with the usual library.</summary>
internal sealed class RedisPath : ILatencyPath
{
    private readonly ConnectionMultiplexer _redis;
    private readonly ISubscriber _subscriber;
    private readonly RedisChannel _channel = RedisChannel.Literal("conn");

    private RedisPath(ConnectionMultiplexer redis) => (_redis, _subscriber) = (redis, redis.GetSubscriber());

    public static async Task<RedisPath> ConnectAsync(string socket)
    {
        EndPoint end = new UnixDomainSocketEndPoint(socket);
        return new RedisPath(await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions { EndPoints = { end } }));
    }

    // It waits for the answer, as a publish of a property does.
    public async ValueTask SendAsync(long stamp) => await _subscriber.PublishAsync(_channel, BitConverter.GetBytes(stamp));

    public Task ObserveAsync(Action<long> received) =>
        _subscriber.SubscribeAsync(_channel, (_, value) => received(BitConverter.ToInt64((byte[])value!)));

    public ValueTask DisposeAsync() => _redis.DisposeAsync();
}
