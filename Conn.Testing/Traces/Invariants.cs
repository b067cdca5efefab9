namespace Conn.Testing.Traces;

/// <summary>The sentences of the invariants: those of docs/guarantees.md, and those that only a simulation can look at.</summary>
public static class Invariants
{
    /// <summary>What an invariant says.</summary>
    /// <param name="invariant">The invariant.</param>
    /// <returns>One sentence.</returns>
    public static string Sentence(Invariant invariant) => invariant switch
    {
        Invariant.AlwaysNormal => "After any failure the host is back in Normal within a stated bound.",
        Invariant.Released => "No owner stays prepared longer than its lease, nor beyond the operation when the engine lives.",
        Invariant.Contained => "One owner's failure never becomes another owner's, but for those that a proxy manager joins.",
        Invariant.LegalOrder => "No owner gets a call outside the table: one Initialise first in each stream, last exactly once, snapshots before data, nothing after the end.",
        Invariant.Serialised => "No two callbacks of one owner run at the same time.",
        Invariant.CurrentMode => "The property shows the present operation's mode at every callback.",
        Invariant.SameBytes => "What is given back is byte for byte what was taken, in the order in which it was taken.",
        Invariant.OldOrNew => "After a crash or power loss at any point the repository holds the old sets, or the old sets and the new one, and verifies clean.",
        Invariant.AllOrNothing => "Before the durable commit record of a restore nothing is changed; after it every owner in it is rolled forward, or named.",
        Invariant.Dependencies => "An owner is put in place only after those of the same restore that it depends on.",
        Invariant.Outcome => "An operation with a failed Required owner is Failed, one with another failed owner at best Partial, and only one in which all went well Succeeded.",
        Invariant.PromoteOnCommit => "A snapshot becomes the next starting point only once its set is durable, and the newest such is the one supplied.",
        Invariant.Told => "An owner's failure is reported with the owner's own code; TimedOut only means that nothing was heard.",
        Invariant.OnlyParticipants => "Only owners and drives that take part are called.",
        Invariant.Ordered => "The stamps that one observer sees strictly rise.",
        Invariant.OneCompletion => "Every Subscribe completes at most once, and in a host that lives it does complete.",
        Invariant.OneHolder => "A second operation is refused while one is going on, with the holder's name.",
        Invariant.Refused => "An event outside a table is refused with the state, the event and what would be legal, and changes nothing.",
        Invariant.AtOnce => "A failure is reported, and the owner terminated, when it happens.",
        Invariant.OwnFault => "An owner to which nothing was done succeeds: every call of it returns, and none throws.",
        _ => "An operation ends with a report, or with a failure that its documentation names.",
    };
}
