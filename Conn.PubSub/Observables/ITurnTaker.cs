namespace Conn.PubSub.Observables;

/// <summary>Invariant: does its rounds one at a time, on a scheduler.</summary>
internal interface ITurnTaker
{
    /// <summary>Looks at the store and tells what is new; never throws. True when there is more to tell at once.</summary>
    bool Round();
}
