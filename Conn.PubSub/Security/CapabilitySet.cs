using System.Numerics;

namespace Conn.PubSub.Security;

/// <summary>A set of capabilities.</summary>
/// <param name="Bits">Bit n stands for the <see cref="Capability"/> with number n; bits 20 to 31 are 0 in a legal set. Empty by default.</param>
public readonly record struct CapabilitySet(uint Bits)
{
    /// <summary>The set without a capability.</summary>
    public static CapabilitySet Empty => default;

    /// <summary>All 20 capabilities.</summary>
    public static CapabilitySet All => new((1u << 20) - 1);

    /// <summary>How many capabilities the set holds.</summary>
    public int Count => BitOperations.PopCount(Bits);

    /// <summary>True when no bit stands for an unknown capability.</summary>
    public bool IsLegal => (Bits & ~All.Bits) == 0;

    /// <summary>Makes a set.</summary>
    /// <param name="capabilities">Its members; a repeated one counts once.</param>
    /// <returns>The set.</returns>
    /// <exception cref="ArgumentOutOfRangeException">One of them is none of the 20.</exception>
    public static CapabilitySet Of(params ReadOnlySpan<Capability> capabilities)
    {
        uint bits = 0;
        foreach (Capability capability in capabilities)
        {
            if ((uint)capability > (uint)Capability.UserEnvironment)
            {
                throw new ArgumentOutOfRangeException(nameof(capabilities), capability, "A capability is a number from 0 to 19.");
            }

            bits |= 1u << (int)capability;
        }

        return new CapabilitySet(bits);
    }

    /// <summary>True when the set holds every member of another.</summary>
    /// <param name="required">The other set.</param>
    /// <returns>True also when <paramref name="required"/> is empty.</returns>
    public bool Contains(CapabilitySet required) => (Bits & required.Bits) == required.Bits;

    /// <summary>True when the set holds a capability.</summary>
    /// <param name="capability">One of the 20.</param>
    /// <returns>False for an unknown one.</returns>
    public bool Contains(Capability capability) => (uint)capability < 32 && (Bits & (1u << (int)capability)) != 0;
}
