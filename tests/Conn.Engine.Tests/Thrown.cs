namespace Conn.Engine.Tests;

/// <summary>What an owner throws.</summary>
public enum Thrown
{
    MessageThrows,
    EverythingThrows,
    NullMessage,
    LongMessage,
    HalfACharacter,
    Cancellation,
    NoError,
    Null,
    Aggregate,
}
