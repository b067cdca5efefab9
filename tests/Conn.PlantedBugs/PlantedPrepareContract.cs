using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.PlantedBugs;

#pragma warning disable xUnit1000 // Not for the test runner: SuiteRunner runs it, and most of its owners must fail.
/// <summary>The suite for owners with IRestorePrepare, against a notebook with one bug.</summary>
internal sealed class PlantedPrepareContract(PlantedBug bug) : DataOwnerPrepareContract
{
    private protected override object Key => (GetType(), bug);

    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new NotebookSubject(bug));
}
