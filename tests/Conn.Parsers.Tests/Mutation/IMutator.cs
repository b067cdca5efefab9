namespace Conn.Parsers.Tests.Mutation;

/// <summary>Changes inputs. The same random numbers make the same changes.</summary>
internal interface IMutator
{
    /// <summary>Makes a changed copy of an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another one, of which parts may be taken.</param>
    /// <param name="random">What decides.</param>
    byte[] Mutate(byte[] input, byte[] other, Random random);
}
