using System.Reflection;
using Conn.ActiveBackup;

namespace Conn.Testing.Suites;

/// <summary>Finds members of an owner that no engine will ever call, although their author meant them to be called.</summary>
internal static class InterfaceCheck
{
    private const BindingFlags OfTheOwner = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;

    private static readonly (int Number, Type Type)[] Optional =
    [
        (ExtendedInterfaces.RestorePlan, typeof(IRestorePlan)),
        (ExtendedInterfaces.RestorePrepare, typeof(IRestorePrepare)),
        (ExtendedInterfaces.OwnerRemarks, typeof(IOwnerRemarks)),
    ];

    /// <summary>Gets the first fault.</summary>
    /// <param name="client">The owner's callbacks.</param>
    /// <returns>What is wrong and what to write instead; null if there is no fault.</returns>
    public static string? FirstFault(IActiveBackupDataClient client)
    {
        IEnumerable<Type> contracts = Optional.Select(o => o.Type).Prepend(typeof(IActiveBackupDataClient)).Where(t => t.IsInstanceOfType(client));
        return contracts.Select(t => NearMiss(client.GetType(), t)).FirstOrDefault(m => m is not null)
            ?? Optional.Select(o => NotFound(client, o.Number, o.Type)).FirstOrDefault(m => m is not null);
    }

    /// <summary>A method with the name of an interface's member that has a default, which stands in its place because the signatures differ.</summary>
    private static string? NearMiss(Type owner, Type contract)
    {
        InterfaceMapping map = owner.GetInterfaceMap(contract);
        for (int i = 0; i < map.InterfaceMethods.Length; i++)
        {
            MethodInfo member = map.InterfaceMethods[i];
            if (map.TargetMethods[i] is { } target && target.DeclaringType is { IsInterface: false })
            {
                continue;
            }

            if (owner.GetMethods(OfTheOwner).FirstOrDefault(m => m.Name == member.Name) is { } mistaken)
            {
                return $"{Signature(mistaken)} of {owner.Name} is never called: {contract.Name} has {Signature(member)}, and this method does not implement it."
                    + " Give it exactly the signature of the interface.";
            }
        }

        return null;
    }

    private static string? NotFound(IActiveBackupDataClient client, int number, Type type)
    {
        object? found = client.GetExtendedInterface(number);
        string call = $"GetExtendedInterface(0x{number:X8})";
        if (type.IsInstanceOfType(found))
        {
            return null;
        }

        if (found is not null)
        {
            return $"{call} returns an object of type {found.GetType().Name}, which does not implement {type.Name}, so that no engine uses it."
                + $" Return an {type.Name}, or null.";
        }

        if (type.IsInstanceOfType(client))
        {
            return $"{client.GetType().Name} implements {type.Name}, and {call} returns null, so that no engine finds it."
                + " Return this for that number, or leave GetExtendedInterface out: its default finds the interfaces of the owner.";
        }

        string[] missing = [.. type.GetMethods().Where(m => m.IsAbstract).Select(m => m.Name)];
        return Array.TrueForAll(missing, m => client.GetType().GetMethods(OfTheOwner).Any(o => o.Name == m))
            ? $"{client.GetType().Name} has {string.Join(" and ", missing)}, and does not implement {type.Name}, so that no engine calls it."
                + $" Add {type.Name} to the interfaces of the class."
            : null;
    }

    private static string Signature(MethodInfo method) =>
        $"{method.ReturnType.Name.Split('`')[0]} {method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))})";
}
