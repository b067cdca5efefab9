using Conn.Cli.Output;

namespace Conn.Cli.Doctor;

/// <summary>Whether the file of <c>--config</c> can be read and used.</summary>
internal sealed class ConfigurationCheck : IDoctorCheck
{
    private const string About = "configuration";

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) => new(examined switch
    {
        { ConfigurationFault: { } fault } => [Finding.OfMessage(About, fault.Message, "Correct the file; docs/cli.md lists its members.", ExitCode.Usage)],
        { ConfigurationFile: { } file, Owners.Count: 0 } =>
            [Finding.Warning(About, $"{file} can be read, but names no owner.", "Add what shall be backed up to owners.")],
        { ConfigurationFile: { } file } => [Finding.Ok(About, $"{file} is valid and names {Sizes.Count(examined.Owners.Count, "owner")}.")],
        _ => [],
    });
}
