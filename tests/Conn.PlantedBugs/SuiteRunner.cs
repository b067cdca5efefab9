using System.Reflection;
using Conn.Testing.Suites;
using Xunit;

namespace Conn.PlantedBugs;

/// <summary>Runs the tests of the suites against one owner, in the order in which they are written.</summary>
internal static class SuiteRunner
{
    private const string SkipMark = "$XunitDynamicSkip$";

    /// <summary>Runs tests until the last, or until the first failure.</summary>
    /// <param name="bug">The bug of the owner.</param>
    /// <param name="stopAtFirst">True to stop at the first failure.</param>
    /// <returns>The messages of the failures, the reasons of those that were skipped, and the number of all tests.</returns>
    public static async Task<(IReadOnlyList<string> Failures, IReadOnlyList<string> Skipped, int Tests)> RunAsync(PlantedBug bug, bool stopAtFirst)
    {
        List<string> failures = [];
        List<string> skipped = [];
        int tests = 0;
        foreach (DataOwnerSuite suite in (DataOwnerSuite[])[new PlantedContract(bug), new PlantedPrepareContract(bug)])
        {
            foreach ((MethodInfo test, object?[] arguments) in Tests(suite.GetType()))
            {
                if (stopAtFirst && failures.Count > 0)
                {
                    return (failures, skipped, tests);
                }

                tests++;
                switch (await FailureAsync(suite, test, arguments))
                {
                    case null:
                        break;
                    case { } skip when skip.StartsWith(SkipMark, StringComparison.Ordinal):
                        skipped.Add(skip);
                        break;
                    case { } failure:
                        failures.Add($"{failure}\n  in {test.Name}({string.Join(", ", arguments)})");
                        break;
                }
            }
        }

        return (failures, skipped, tests);
    }

    private static async Task<string?> FailureAsync(DataOwnerSuite suite, MethodInfo test, object?[] arguments)
    {
        try
        {
            await (Task)test.Invoke(suite, arguments)!;
            return null;
        }
#pragma warning disable CA1031 // Whatever a test throws is its failure.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return (e is TargetInvocationException { InnerException: { } inner } ? inner : e).Message;
        }
    }

    /// <summary>Gets the tests of a suite with their arguments: first those that decide whether the others run, then those of the suite and of its bases.</summary>
    private static IEnumerable<(MethodInfo Test, object?[] Arguments)> Tests(Type suite)
    {
        List<Type> types = suite.IsSubclassOf(typeof(DataOwnerFirstContract)) ? [typeof(DataOwnerFirstContract)] : [];
        for (Type type = suite; type != typeof(DataOwnerSuite); type = type.BaseType!)
        {
            if (!types.Contains(type))
            {
                types.Add(type);
            }
        }

        return from type in types
               from test in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
               where test.GetCustomAttribute<FactAttribute>() is not null
               from arguments in Rows(type, test)
               select (test, arguments);
    }

    private static object?[][] Rows(Type type, MethodInfo test)
    {
        if (test.GetParameters().Length == 0)
        {
            return [[]];
        }

        IEnumerable<object?[]> inline = test.GetCustomAttributes<InlineDataAttribute>().Select(a => a.Data);
        IEnumerable<object?[]> members = test.GetCustomAttributes<MemberDataAttribute>()
            .SelectMany(a => (IEnumerable<ITheoryDataRow>)type.GetProperty(a.MemberName)!.GetValue(null)!).Select(r => r.GetData());
        object?[][] rows = [.. inline, .. members];
        return rows.Length > 0 ? rows : throw new InvalidOperationException($"{test.Name} has parameters, and no arguments were found for it.");
    }
}
