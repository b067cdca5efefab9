using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Conn.Hosting.AspNetCore;

/// <summary>Keeps requests away from data that is being restored.</summary>
public static class ConnMiddleware
{
    /// <summary>Answers requests that write with 503 and Retry-After while a restore runs. GET, HEAD, OPTIONS and TRACE pass.</summary>
    /// <param name="app">The application; add this before the endpoints that write.</param>
    /// <param name="retryAfter">After how long the client may try again: one second or more. Null, the default: 10 s.</param>
    /// <param name="name">The name of the instance. Default: that of <see cref="ConnServices.AddConn(IServiceCollection, Action{ConnBuilder})"/>.</param>
    /// <returns>The application.</returns>
    /// <remarks>A request that was already running when the restore began is not stopped: an owner that must not be written to meanwhile waits in its own
    /// preparation.</remarks>
    public static IApplicationBuilder UseConnRestoreGuard(this IApplicationBuilder app, TimeSpan? retryAfter = null, string name = ConnServices.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(app);
        IBurModeMonitor monitor = app.ApplicationServices.GetRequiredKeyedService<IBurModeMonitor>(name);
        string seconds = Math.Max(1, (int)(retryAfter ?? TimeSpan.FromSeconds(10)).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return app.Use((context, next) => monitor.Current.IsRestore && Writes(context.Request.Method) ? RefuseAsync(context, seconds) : next(context));
    }

    private static bool Writes(string method) =>
        !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method));

    private static Task RefuseAsync(HttpContext context, string seconds)
    {
        context.Response.Headers.RetryAfter = seconds;
        return TypedResults.Problem("Data is being restored; try again later.", statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
    }
}
