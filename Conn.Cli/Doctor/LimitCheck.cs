using Conn.Cli.Hosting;

namespace Conn.Cli.Doctor;

/// <summary>Whether a process of this user may open enough files. Below 256 no verb begins.</summary>
internal sealed class LimitCheck : IDoctorCheck
{
    private const string About = "limits";
    private const int Enough = 1024;

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) => new([Descriptors.Limit() switch
    {
        null => Finding.Ok(About, "The number of open files is not limited."),
        < Enough and var limit => Finding.Warning(About, $"A process may have {limit} files open at once, which is few for several owners or clients.",
            $"Raise the limit (ulimit -n {Enough}; LimitNOFILE in a unit of systemd)."),
        var limit => Finding.Ok(About, $"A process may have {limit} files open at once."),
    }]);
}
