using System.Reflection;
using Conn.Testing.Suites;
using Xunit.Sdk;
using Xunit.v3;

namespace Conn.PlantedBugs;

/// <summary>Runs the tests of the suites against one owner, in the order in which they are written.</summary>
internal static class SuiteRunner
{
    private const string SkipMark = "$XunitDynamicSkip$";

    /// <summary>Runs tests until the last, or until the first failure.</summary>
    /// <param name="bug">The bug of the owner.</param>
    /// <param name="stopAtFirst">True to stop at the first failure.</param>
    /// <returns>The messages of the failures, the number of skipped tests, and that of all tests that were run or skipped.</returns>
    public static async Task<(IReadOnlyList<string> Failures, int Skipped, int Tests)> RunAsync(PlantedBug bug, bool stopAtFirst)
    {
        List<string> failures = [];
        (int skipped, int tests) = (0, 0);
        foreach (DataOwnerSuite suite in (DataOwnerSuite[])[new PlantedContract(bug), new PlantedPrepareContract(bug)])
        {
            foreach ((MethodInfo test, object?[] arguments) in await TestsAsync(suite.GetType()))
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
                        skipped++;
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

    /// <summary>Gets the tests of a suite with their arguments, those of its base classes first.</summary>
    private static async Task<List<(MethodInfo Test, object?[] Arguments)>> TestsAsync(Type suite)
    {
        await using DisposalTracker data = new();
        List<(MethodInfo Test, object?[] Arguments)> tests = [];
        for (Type? type = suite; type is not null; type = type.BaseType)
        {
            List<(MethodInfo Test, object?[] Arguments)> declared = [];
            foreach (MethodInfo test in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(m => m.GetCustomAttribute<Xunit.FactAttribute>() is not null))
            {
                List<object?[]> rows = [];
                foreach (IDataAttribute source in test.GetCustomAttributes().OfType<IDataAttribute>())
                {
                    rows.AddRange((await source.GetData(test, data)).Select(r => r.GetData()));
                }

                declared.AddRange((test.GetParameters().Length == 0 ? [[]] : rows).Select(r => (test, r)));
            }

            tests.InsertRange(0, declared);
        }

        return tests;
    }
}
