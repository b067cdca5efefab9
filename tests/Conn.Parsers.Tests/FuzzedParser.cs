using Conn.Parsers.Tests.Mutation;

namespace Conn.Parsers.Tests;

/// <summary>One parser of bytes that come from a repository, from a peer or from a user. An input holds no checksums: <see cref="Parse"/> adds them, so that changed
/// inputs reach the parser behind them.</summary>
internal abstract class FuzzedParser
{
    /// <summary>Gets the name, by which the campaign reports and keeps inputs.</summary>
    public abstract string Name { get; }

    /// <summary>Gets what changes inputs besides the bytes themselves; null for nothing.</summary>
    public virtual IMutator? Structure => null;

    /// <summary>Gets the longest input that is tried, in bytes.</summary>
    public virtual int MaxInputBytes => 64 << 10;

    /// <summary>Gets the most bytes that one call may allocate, whatever its input is.</summary>
    public virtual long MaxAllocatedBytes => 64 << 20;

    /// <summary>Gets inputs that are legal.</summary>
    public abstract IReadOnlyList<byte[]> Examples();

    /// <summary>Parses an input. It returns, or throws what <see cref="IsRefusal"/> accepts.</summary>
    public abstract void Parse(byte[] input);

    /// <summary>Returns whether an exception is the documented one.</summary>
    public abstract bool IsRefusal(Exception exception);
}
