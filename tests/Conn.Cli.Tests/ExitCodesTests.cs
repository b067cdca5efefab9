using System.Globalization;
using System.Text.RegularExpressions;
using Conn.Repository;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The numbers scripts rely on.</summary>
public sealed partial class ExitCodesTests
{
    private static readonly ExitCode[] StrongestFirst =
    [
        ExitCode.Interrupted, ExitCode.NotPermitted, ExitCode.InUse, ExitCode.NotFound, ExitCode.VerificationFailed, ExitCode.ChainBroken,
        ExitCode.Refused, ExitCode.TimedOut, ExitCode.Failed, ExitCode.TryLater, ExitCode.Partial, ExitCode.Done,
    ];

    [Fact]
    public void The_table_in_the_docs_and_the_codes_agree()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Conn.sln")))
        {
            folder = folder.Parent;
        }

        Assert.SkipWhen(folder is null, "The source tree this program was built from is not above it.");
        string text = File.ReadAllText(Path.Combine(folder.FullName, "docs", "cli.md"));
        Dictionary<int, string> table = Row().Matches(text).ToDictionary(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), m => m.Groups[2].Value);
        Assert.Equal(Enum.GetValues<ExitCode>().ToDictionary(c => (int)c, c => c.ToString()), table);
    }

    [Fact]
    public void Where_several_apply_the_strongest_is_taken()
    {
        for (int i = 0; i < StrongestFirst.Length; i++)
        {
            for (int j = i; j < StrongestFirst.Length; j++)
            {
                Assert.Equal(StrongestFirst[i], ExitCodes.Strongest([StrongestFirst[j], StrongestFirst[i]]));
            }
        }

        Assert.Equal(Enum.GetValues<ExitCode>().Length - 1, StrongestFirst.Length);
        Assert.Equal(ExitCode.Done, ExitCodes.Strongest([]));
    }

    [Fact]
    public void Every_failure_of_a_repository_has_its_code()
    {
        Dictionary<RepositoryFailure, int> codes = new()
        {
            [RepositoryFailure.NoRepository] = 10, [RepositoryFailure.Foreign] = 10, [RepositoryFailure.NewerFormat] = 1, [RepositoryFailure.Damaged] = 6,
            [RepositoryFailure.InUse] = 11, [RepositoryFailure.DiskFull] = 75, [RepositoryFailure.NotPermitted] = 12, [RepositoryFailure.WrongKey] = 12, [RepositoryFailure.NoSuchSet] = 10,
            [RepositoryFailure.NoSuchOwner] = 10, [RepositoryFailure.ChainBroken] = 6, [RepositoryFailure.Io] = 1,
        };
        Assert.All(Enum.GetValues<RepositoryFailure>(), f => Assert.Equal(codes[f], (int)ExitCodes.Of(f)));
    }

    [Fact]
    public void Codes_of_owners_become_exit_codes()
    {
        Assert.Equal(5, (int)ExitCodes.Of(ErrorCode.TimedOut));
        Assert.Equal(11, (int)ExitCodes.Of(ErrorCode.InUse));
        Assert.Equal(12, (int)ExitCodes.Of(ErrorCode.AccessDenied));
        Assert.Equal(12, (int)ExitCodes.Of(ErrorCode.PermissionDenied));
        Assert.Equal(1, (int)ExitCodes.Of(new ErrorCode(-12345)));
        Assert.Equal(1, (int)ExitCodes.Of(new InvalidOperationException("anything")));
        Assert.Equal(130, (int)ExitCodes.Of(new OperationCanceledException()));
    }

    [GeneratedRegex(@"^\| (\d+) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
