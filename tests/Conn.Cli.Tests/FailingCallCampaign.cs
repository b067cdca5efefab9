using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Each system call that reads, writes or moves files fails in turn, from outside of the real tool, until the operation completes. The run ends with an
/// error, or with all that it promised; nothing is mixed, and the next backup is good. CONN_CALLS has the first names of the calls that are meant, with spaces between;
/// all without it.</summary>
public sealed class FailingCallCampaign
{
    private const int Most = 200;

    public static TheoryData<string, string> Failures => new()
    {
        { "pwrite64", "ENOSPC" },
        { "pwrite64", "EIO" },
        { "write,writev", "EDQUOT" },
        { "pread64,preadv", "EIO" },
        { "read", "EIO" },
        { "openat", "EMFILE" },
        { "fsync,fdatasync", "EIO" },
        { "rename,renameat,renameat2", "EIO" },
        { "rename,renameat,renameat2", "ENOSPC" },
        { "mkdir,mkdirat", "EDQUOT" },
        { "unlink,unlinkat,rmdir", "EACCES" },
        { "getdents64", "EIO" },
        { "ftruncate,fallocate", "ENOSPC" },
        { "copy_file_range,sendfile,ioctl", "EIO" },
        { "statx", "EIO" },
        { "linkat,symlinkat,fchmod,fchmodat,utimensat,fchown,fchownat", "EPERM" },
    };

    [Theory(Explicit = true)]
    [MemberData(nameof(Failures))]
    public async Task After_a_failing_call_everything_is_old_or_new_and_the_next_backup_is_good(string calls, string error)
    {
        string[] names = calls.Split(',');
        Assert.SkipUnless((Environment.GetEnvironmentVariable("CONN_CALLS") ?? calls).Split(' ').Any(calls.StartsWith), "CONN_CALLS names others.");
        using Workplace place = new Workplace().WithDocs(12).WithLedger();
        KeptRepository kept = await new KeptRepository(place).BeginAsync();
        int runs = 0;
        int failures = 0;
        foreach (string operation in KeptRepository.Operations)
        {
            for (int nth = 1; nth <= Most; nth += nth < 30 ? 1 : 7)
            {
                string what = $"{operation}, call {nth} of {calls} with {error}";
                (ToolResult result, int failed) = await Strace.FailAsync(place.At("strace.log"), names, error, nth, await kept.PrepareAsync(operation));
                runs++;
                failures += failed;
                Assert.False(result.Errors.Contains("defect", StringComparison.Ordinal), $"{what}: {result}");
                await kept.RequireWholeAsync(operation, what);
                if (failed == 0)
                {
                    result.Ends(0);
                    break;
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{calls} with {error}: {runs} runs, {failures} calls failed, 0 mixed.");
        Assert.True(failures > 0 || names.Contains("ioctl"), "No call failed.");
    }
}
