using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>What root may do, and other users may not.</summary>
internal static class Powers
{
    /// <summary>For root a file without any permission is still readable: another program takes that power away first.</summary>
    public static async Task<string[]> WithoutAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return [];
        }

        string[] launcher = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];
        bool works = false;
        try
        {
            await ToolRun.OtherAsync(launcher[0], [.. launcher[1..], "true"]);
            works = true;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            TestContext.Current.SendDiagnosticMessage(e.Message);
        }

        Assert.SkipUnless(works, "Root can read every file, and setpriv, which could take that away, is not here.");
        return launcher;
    }
}
