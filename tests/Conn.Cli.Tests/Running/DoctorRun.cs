using System.Text.Json;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>The findings of one run of the doctor.</summary>
internal sealed class DoctorRun
{
    private readonly ToolResult _result;
    private readonly JsonElement[] _findings;

    private DoctorRun(ToolResult result)
    {
        _result = result;
        _findings = [.. result.Json.GetProperty("findings").EnumerateArray()];
    }

    /// <summary>Runs it in this process.</summary>
    public static async Task<DoctorRun> HereAsync(params string[] args) => new(await ToolRun.HereAsync(["doctor", "--json", .. args]));

    /// <summary>Runs it in a process of its own, started by another program.</summary>
    public static async Task<DoctorRun> RunAsync(string[] launcher, params string[] args) =>
        new(await ToolRun.RunAsync(launcher, ["doctor", "--json", .. args]));

    /// <summary>Fails unless the run ended with this code.</summary>
    public DoctorRun Ends(int code)
    {
        _result.Ends(code);
        return this;
    }

    /// <summary>Fails unless exactly one finding is about this, has this level and says this.</summary>
    public DoctorRun Finds(string about, string level, string says)
    {
        Assert.True(_findings.Count(f => Is(f, about, level) && Text(f, "what").Contains(says, StringComparison.Ordinal)) == 1,
            $"Expected one finding: {level} {about}: {says}. {_result}");
        return this;
    }

    /// <summary>Fails unless one finding about this that is not in order advises this.</summary>
    public DoctorRun Advises(string about, string toDo)
    {
        Assert.True(_findings.Any(f => Text(f, "about") == about && Text(f, "level") != "ok" && Text(f, "todo").Contains(toDo, StringComparison.Ordinal)),
            $"Expected that {about} advises: {toDo}. {_result}");
        return this;
    }

    /// <summary>Fails unless so many findings say this.</summary>
    public DoctorRun Says(string says, int count)
    {
        Assert.True(_findings.Count(f => Text(f, "what").Contains(says, StringComparison.Ordinal)) == count, $"Expected {count} findings that say {says}. {_result}");
        return this;
    }

    /// <summary>Fails if a finding about this has this level.</summary>
    public DoctorRun FindsNo(string about, string level)
    {
        Assert.True(!_findings.Any(f => Is(f, about, level)), $"Expected no finding: {level} {about}. {_result}");
        return this;
    }

    /// <summary>Fails unless every finding that is not in order says what to do, and no other does.</summary>
    public DoctorRun SaysWhatToDo()
    {
        Assert.All(_findings, f => Assert.Equal(Text(f, "level") == "ok", f.GetProperty("todo").ValueKind == JsonValueKind.Null));
        return this;
    }

    private static bool Is(JsonElement finding, string about, string level) =>
        Text(finding, "about").StartsWith(about, StringComparison.Ordinal) && Text(finding, "level") == level;

    private static string Text(JsonElement finding, string member) => finding.GetProperty(member).GetString()!;
}
