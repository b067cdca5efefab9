using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Conn.PubSub;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Conn.Hosting.AspNetCore;

/// <summary>Endpoints that show where Conn stands. They change nothing.</summary>
public static class ConnEndpoints
{
    /// <summary>Adds <c>status</c>, one JSON document with the mode, the owners and their last good sets; and <c>mode</c>, the modes as server-sent events, the
    /// current one first. Both show names of owners and sets: require authorization where strangers can reach them.</summary>
    /// <param name="endpoints">The endpoints of the application.</param>
    /// <param name="prefix">The path of both. Default: /conn.</param>
    /// <param name="name">The name of the instance. Default: that of <see cref="ConnServices.AddConn(IServiceCollection, Action{ConnBuilder})"/>.</param>
    /// <returns>The group, for conventions such as RequireAuthorization.</returns>
    public static RouteGroupBuilder MapConn(this IEndpointRouteBuilder endpoints, string prefix = "/conn", string name = ConnServices.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        RouteGroupBuilder group = endpoints.MapGroup(prefix);
        group.MapGet("/status", async (HttpContext context, CancellationToken gone) => TypedResults.Json(StatusDocument.Of(
            await context.RequestServices.GetRequiredKeyedService<IBackupService>(name).StatusAsync(gone)), StatusForms.Default.StatusDocument));
        group.MapGet("/mode", (HttpContext context) => TypedResults.ServerSentEvents(
            ModesAsync(context.RequestServices.GetRequiredKeyedService<IBurModeMonitor>(name), context.RequestAborted)));
        return group;
    }

    private static async IAsyncEnumerable<SseItem<string>> ModesAsync(IBurModeMonitor monitor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A reader that is slow gets the latest mode.
        Channel<BurMode> modes = Channel.CreateBounded<BurMode>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        using IDisposable subscription = monitor.Modes.Subscribe(m => modes.Writer.TryWrite(m), e => modes.Writer.TryComplete(e), () => modes.Writer.TryComplete());
        await foreach (BurMode mode in modes.Reader.ReadAllAsync(cancellationToken))
        {
            yield return new SseItem<string>(mode.ToString(), "mode");
        }
    }
}
