using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.PlantedBugs;

#pragma warning disable xUnit1000 // Not for the test runner: SuiteRunner runs it, and most of its owners must fail.
/// <summary>The suite for every owner, against a notebook with one bug.</summary>
internal sealed class PlantedContract(PlantedBug bug) : DataOwnerContract
{
    private protected override object Key => (GetType(), bug);

    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new NotebookSubject(bug));
}
