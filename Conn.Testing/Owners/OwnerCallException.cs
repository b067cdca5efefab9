
namespace Conn.Testing.Owners;

/// <summary>A call of an owner under test failed with a code. The message begins with what was done before it.</summary>
internal sealed class OwnerCallException(ErrorCode code, string message, Exception cause) : ConnException(code, message, cause);
