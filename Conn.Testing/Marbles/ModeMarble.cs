namespace Conn.Testing.Marbles;

/// <summary>One mode that was published.</summary>
/// <param name="Frame">In which frame, from 0.</param>
/// <param name="Mode">Its letter.</param>
internal readonly record struct ModeMarble(long Frame, char Mode);
