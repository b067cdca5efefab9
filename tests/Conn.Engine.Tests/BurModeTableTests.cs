using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;
using Conn.PubSub;
using Xunit;

namespace Conn.Engine.Tests;

public sealed class BurModeTableTests
{
    [Fact]
    public void The_way_to_normal_is_never_refused() =>
        Assert.All(Enum.GetValues<BurPartType>(), s => Assert.Equal(BurPartType.Normal, BurModeTable.Instance.Fire(s, BurModeEvent.GoNormal, "the host")));

    [Fact]
    public void No_operation_leads_straight_into_another() => Assert.DoesNotContain(BurModeTable.Instance.Rows, r => Active(r.From) && Active(r.To));

    [Fact]
    public void A_refusal_says_what_was_asked_in_which_state_and_what_would_be_legal()
    {
        IllegalEventException refused = Assert.Throws<IllegalEventException>(() =>
            BurModeTable.Instance.Fire(BurPartType.BackupFull, BurModeEvent.StartRestoreFull, "the host"));

        Assert.Equal(("BackupFull", "StartRestoreFull"), (refused.State, refused.Event));
        Assert.Equal(["GoNormal", "GoUnset"], refused.LegalEvents);
        Assert.Contains("GoNormal, GoUnset", refused.Message, StringComparison.Ordinal);
    }

    private static bool Active(BurPartType state) => state is not (BurPartType.Unset or BurPartType.Normal);
}
