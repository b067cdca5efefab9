using Conn.Cli.Doctor;
using Conn.Cli.Hosting;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>A clock of another time, and the doctor on a machine that has it.</summary>
internal sealed class DoctorClock(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;

    public async Task<Finding[]> ExamineAsync(string? file, string? repository, string? socket)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        return [.. await DoctorChecks.RunAsync(await new Examiner(this, KeySource.None).ReadAsync(file, repository, socket, token), token)];
    }
}
