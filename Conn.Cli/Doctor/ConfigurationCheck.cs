using Conn.Cli.Output;

namespace Conn.Cli.Doctor;

/// <summary>Whether the file of <c>--config</c> can be read and used.</summary>
internal sealed class ConfigurationCheck : IDoctorCheck
{
    private const string About = "configuration";

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) => new(examined switch
    {
        { ConfigurationFault: { } fault } => [Finding.OfMessage(About, fault.Message, ToDo(examined.ConfigurationFile!), ExitCode.Usage)],
        { ConfigurationFile: { } file, Owners.Count: 0 } =>
            [examined.HasSchedule
                ? Finding.Problem(About, $"{file} has a schedule, but names no owner, so conn serve does not start.", "Add what shall be backed up to owners.", ExitCode.Usage)
                : Finding.Warning(About, $"{file} can be read, but names no owner.", "Add what shall be backed up to owners.")],
        { ConfigurationFile: { } file } => [Finding.Ok(About, $"{file} is valid and names {Sizes.Count(examined.Owners.Count, "owner")}.")],
        _ => [],
    });

    private static string ToDo(string file) => File.Exists(file) ? "Correct the file; docs/cli.md lists its members, and docs/daemon.md those for the daemon."
        : "Name the file that is there with --config.";
}
