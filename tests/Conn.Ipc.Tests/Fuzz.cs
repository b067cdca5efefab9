using System.Globalization;
using System.Net.Sockets;

namespace Conn.Ipc.Tests;

/// <summary>Sends wrong bytes to a server for some time, and checks that nothing but their connections is harmed.</summary>
internal static class Fuzz
{
    private const int Bystanding = 50;

    /// <summary>The seconds of a campaign, from the environment.</summary>
    public static TimeSpan CampaignTime => TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("CONN_FUZZ_SECONDS") ?? "20", CultureInfo.InvariantCulture));

    /// <summary>Sends random bytes, before and after the greeting, with and without a legal length.</summary>
    public static Task<int> RandomBytesAsync(TimeSpan time, CancellationToken cancellationToken) => RunAsync(time, static _ => Task.FromResult<Make>(random =>
    {
        byte[] noise = new byte[random.Next(1, 3000)];
        random.NextBytes(noise);
        return random.Next(3) switch
        {
            0 => (null, noise),
            1 => (Greeting(random), noise),
            _ => (Greeting(random), RawPeer.Framed(noise)),
        };
    }), cancellationToken);

    /// <summary>Sends mutations of what real clients have sent.</summary>
    public static Task<int> MutatedSessionsAsync(TimeSpan time, CancellationToken cancellationToken) => RunAsync(time, async arena =>
    {
        byte[][] bus = await RecordedSessions.BusAsync(arena.Fixture, cancellationToken);
        byte[][] owner = await RecordedSessions.OwnerAsync(arena.Fixture, cancellationToken);
        return random => random.Next(2) == 0
            ? (Purpose.Bus, new Mutator(random).Mutate(bus, random.Next(2) == 0 ? bus : owner))
            : (Purpose.Owner, new Mutator(random).Mutate(owner, random.Next(2) == 0 ? bus : owner));
    }, cancellationToken);

    private static Purpose Greeting(Random random) => random.Next(2) == 0 ? Purpose.Bus : Purpose.Owner;

    private static async Task<int> RunAsync(TimeSpan time, Func<Arena, Task<Make>> prepare, CancellationToken cancellationToken)
    {
        await using Arena arena = await Arena.StartAsync(cancellationToken);
        Make make = await prepare(arena);
        await arena.IsAloneAsync(cancellationToken);
        using CancellationTokenSource over = new(time, TimeProvider.System);
        Footprint before = default;
        int seed = 0;
        while (!over.IsCancellationRequested || seed < Bystanding)
        {
            (Purpose? greeting, byte[] bytes) = make(new Random(seed));
            await SendAsync(arena, greeting, bytes, cancellationToken);
            if (++seed % Bystanding == 0)
            {
                await arena.Bystander.IsServedAsync(cancellationToken);
                arena.Fixture.Lines.Clear();
            }

            if (seed == Bystanding)
            {
                // What is loaded and compiled once is no growth.
                await arena.IsAloneAsync(cancellationToken);
                before = Footprint.Now();
            }
        }

        await arena.IsAloneAsync(cancellationToken);
        before.IsNotExceededBy(Footprint.Now());
        return seed;
    }

    private static async Task SendAsync(Arena arena, Purpose? greeting, byte[] bytes, CancellationToken cancellationToken)
    {
        await using NetworkStream stream = greeting is { } purpose
            ? (await arena.ConnectAsync(purpose, cancellationToken)).Stream : await arena.Fixture.ConnectRawAsync();
        try
        {
            await stream.WriteAsync(bytes, cancellationToken);
            stream.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The server was faster.
        }

        await ServerFixture.ClosesAsync(stream, cancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, cancellationToken);
    }

    private delegate (Purpose? Greeting, byte[] Bytes) Make(Random random);
}
