namespace Conn.Cli.Doctor;

/// <summary>Checks one thing and changes nothing. A new check is a class and a line in <see cref="DoctorChecks"/>.</summary>
internal interface IDoctorCheck
{
    /// <summary>Makes the check.</summary>
    /// <param name="examined">What was read for all checks.</param>
    /// <param name="cancellationToken">Interrupts the check.</param>
    /// <returns>The findings; none when the check does not apply.</returns>
    ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken);
}
