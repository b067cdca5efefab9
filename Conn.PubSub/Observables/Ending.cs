namespace Conn.PubSub.Observables;

/// <summary>How a stream ends from the store's side.</summary>
internal enum Ending
{
    None = 0,
    Denied = 1,
    Completed = 2,
}
