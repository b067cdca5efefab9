namespace Conn.ActiveBackup;

/// <summary>An owner whose data is at places of the file system: a host learns them, and says which places belong to others.</summary>
/// <remarks>
/// <para>The engine uses it before each operation. Every owner learns the folder of the repository and the places of all other owners. An operation is refused
/// (<c>OperationRefusal.Overlap</c>) if a place lies inside the repository, or if two owners of a restore lie inside each other.</para>
/// <para>Members are called in the engine's loop, while no operation runs: be quick, touch no file, do not throw.</para>
/// </remarks>
public interface IOwnedPlaces
{
    /// <summary>Gets the absolute paths of the files and folders that belong to the owner, with everything below them.</summary>
    IReadOnlyList<string> Places { get; }

    /// <summary>Takes the places that belong to others, for the operations from now on. They replace those of an earlier call. Default: they are
    /// ignored.</summary>
    /// <param name="places">Absolute paths. One that lies inside a place of this owner is named through that place, whatever links lead there.</param>
    void SetOtherPlaces(IReadOnlyList<string> places)
    {
    }
}
