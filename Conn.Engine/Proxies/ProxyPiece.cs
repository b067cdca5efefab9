namespace Conn.Engine.Proxies;

/// <summary>Bytes that go to one manager of a proxied owner.</summary>
/// <param name="Manager">The manager's place in the registration, from 0.</param>
/// <param name="Bytes">The bytes; valid as long as the section they were cut from. Empty only when last.</param>
/// <param name="Last">True exactly once for each manager.</param>
internal readonly record struct ProxyPiece(int Manager, ReadOnlyMemory<byte> Bytes, bool Last);
