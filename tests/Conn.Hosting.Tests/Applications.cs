using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Conn.Hosting.Tests;

/// <summary>Makes small applications.</summary>
internal static class Applications
{
    public static IHost Build(Action<ConnBuilder> conn, LogLines? log = null, TimeProvider? clock = null, Notes? notes = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddScoped(_ => notes ?? new Notes());
        if (clock is not null)
        {
            builder.Services.AddSingleton(clock);
        }

        builder.Services.AddConn(conn);
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        return builder.Build();
    }

    public static T Get<T>(this IHost host)
        where T : notnull => host.Services.GetRequiredService<T>();
}
