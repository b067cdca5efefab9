using System.Diagnostics.CodeAnalysis;
using Conn.PubSub;

namespace Conn.Ipc;

/// <summary>Checks what a peer sent before anything is done with it. An argument that is nil is null.</summary>
internal static class WireChecks
{
    public const int MostPlaces = 64;
    private const int MostOfPlace = 4096;

    /// <summary>Refuses null.</summary>
    /// <exception cref="ConnException">Argument.</exception>
    public static T Given<T>([NotNull] T? value, string what)
        where T : class => value ?? throw new ConnException(ErrorCode.Argument, $"The call needs {what}, and has none.");

    /// <summary>Checks a list of places in the file system.</summary>
    /// <exception cref="ConnException">Argument: a place is no absolute path. TooBig: there are too many, or one is too long.</exception>
    public static string[] Absolute(string[]? places)
    {
        Given(places, "a list of places");
        if (Array.Exists(places, static p => p.Length > MostOfPlace))
        {
            throw new ConnException(ErrorCode.TooBig, $"A place has at most {MostOfPlace} characters.");
        }

        return Array.TrueForAll(places, static p => Path.IsPathFullyQualified(p) && !p.Contains('\0', StringComparison.Ordinal)) ? places
            : throw new ConnException(ErrorCode.Argument, "A place of an owner is an absolute path.");
    }

    /// <summary>Checks the places that a program states.</summary>
    /// <exception cref="ConnException">As <see cref="Absolute"/>; also TooBig: more than <see cref="MostPlaces"/>.</exception>
    public static string[] Stated(string[]? places) => places is null ? [] : places.Length <= MostPlaces ? Absolute(places)
        : throw new ConnException(ErrorCode.TooBig, $"An owner states at most {MostPlaces} places, and has {places.Length}.");

    /// <summary>Makes the batch that a peer sent.</summary>
    /// <exception cref="ConnException">Argument: there is none, or two lists that belong together have different lengths. TooBig: more than a batch may have.</exception>
    public static PropertyBatch Read(WireBatch batch)
    {
        Given(batch, "a batch");
        (WireName[] names, WireValue[] values, WireName[] conditions, long[] revisions) = batch;
        if (names.Length != values.Length || conditions.Length != revisions.Length)
        {
            throw new ConnException(
                ErrorCode.Argument, $"The batch has {names.Length} names and {values.Length} values, {conditions.Length} conditions and {revisions.Length} revisions.");
        }

        if (names.Length > PropertyBatch.MaxCount || conditions.Length > PropertyBatch.MaxCount)
        {
            throw new ConnException(ErrorCode.TooBig, $"A batch has at most {PropertyBatch.MaxCount} values and as many conditions.");
        }

        PropertyBatch read = new();
        for (int i = 0; i < names.Length; i++)
        {
            read.Set(names[i].Read(), values[i].Read());
        }

        for (int i = 0; i < conditions.Length; i++)
        {
            read.Expect(conditions[i].Read(), new Revision(revisions[i]));
        }

        return read;
    }
}
