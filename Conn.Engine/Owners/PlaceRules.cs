using Conn.ActiveBackup;
using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Engine.Owners;

/// <summary>Keeps owners and repository apart in the file system: before each operation every owner learns which places belong to others.</summary>
internal static class PlaceRules
{
    /// <summary>Gives every owner the folder of the repository and the places of all other owners.</summary>
    /// <exception cref="OperationRefusedException">An owner lies inside the repository.</exception>
    /// <exception cref="ConnException">Argument: the links of a place go round in circles.</exception>
    public static void SetOtherPlaces(IReadOnlyCollection<RegisteredOwner> owners, BackupRepository repository)
    {
        string? folder = (repository.Storage as FolderStorage)?.Place;
        foreach (RegisteredOwner owner in owners.Where(static o => o.Places is not null))
        {
            if (folder is not null && owner.Places!.Places.Any(p => RealPath.IsBelow(p, folder)))
            {
                throw Refused($"Owner {owner.Name} lies inside the repository {folder}; a repository holds nothing but its own. Give one of them another place.");
            }

            IEnumerable<string> others = owners.Where(o => o != owner && o.Places is not null).SelectMany(static o => o.Places!.Places);
            owner.Places!.SetOtherPlaces(RealPath.SeenFrom(owner.Places.Places, folder is null ? others : others.Prepend(folder)));
        }
    }

    /// <summary>Two owners of one restore must not lie inside each other: putting the outer one in place moves away what is staged for the inner one.</summary>
    /// <exception cref="OperationRefusedException">They do.</exception>
    public static void RequireApart(IReadOnlyCollection<RegisteredOwner> restored)
    {
        foreach (RegisteredOwner outer in restored.Where(static o => o.Places is not null))
        {
            if (restored.FirstOrDefault(inner => inner != outer && inner.Places is { } places && places.Places.Any(p => LiesIn(p, outer))) is { } inside)
            {
                throw Refused($"Owner {inside.Name} lies inside owner {outer.Name}; they cannot be put in place together. If {outer.Name} is lost, restore it "
                    + $"first and then {inside.Name}. If it is not, restore {inside.Name} alone, and {outer.Name} to another place.");
            }
        }
    }

    /// <summary>One place of both, such as a staging folder, is neither inside the other.</summary>
    private static bool LiesIn(string place, RegisteredOwner outer) => outer.Places!.Places.Any(folder => RealPath.Through(folder, place) is { } inside && inside != folder);

    private static OperationRefusedException Refused(string message) => new(OperationRefusal.Overlap, ErrorCode.NotSupported, message);
}
