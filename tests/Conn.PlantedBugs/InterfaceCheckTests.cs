using Conn.ActiveBackup;
using Conn.Testing.Suites;
using Xunit;

namespace Conn.PlantedBugs;

/// <summary>A method that an author meant to be called, and that no engine will ever call, is found before any other test runs.</summary>
public sealed class InterfaceCheckTests
{
    [Fact]
    public void A_method_beside_GetExtendedInterface_with_another_parameter_is_reported_with_the_right_signature() => Assert.StartsWith(
        "Object GetExtendedInterface(UInt32) of UnsignedOwner is never called: IActiveBackupDataClient has Object GetExtendedInterface(Int32)",
        InterfaceCheck.FirstFault(new UnsignedOwner()), StringComparison.Ordinal);

    [Fact]
    public void A_method_beside_another_member_with_a_default_is_reported() => Assert.StartsWith(
        "ValueTask RecoverAsync() of RecoveringOwner is never called: IRestorePrepare has ValueTask RecoverAsync(CancellationToken)",
        InterfaceCheck.FirstFault(new RecoveringOwner()), StringComparison.Ordinal);

    [Fact]
    public void An_implemented_interface_that_is_not_found_is_reported() => Assert.StartsWith(
        "HidingOwner implements IRestorePrepare, and GetExtendedInterface(0x434F0002) returns null",
        InterfaceCheck.FirstFault(new HidingOwner()), StringComparison.Ordinal);

    [Fact]
    public void An_object_that_does_not_implement_the_interface_of_its_number_is_reported() => Assert.StartsWith(
        "GetExtendedInterface(0x434F0001) returns an object of type String, which does not implement IRestorePlan",
        InterfaceCheck.FirstFault(new WrongObjectOwner()), StringComparison.Ordinal);

    [Fact]
    public void The_methods_of_an_interface_without_the_interface_are_reported() => Assert.StartsWith(
        "UndeclaredOwner has PlanRestoreAsync, and does not implement IRestorePlan",
        InterfaceCheck.FirstFault(new UndeclaredOwner()), StringComparison.Ordinal);

    [Fact]
    public void Owners_without_a_mistake_have_no_fault()
    {
        Assert.Null(InterfaceCheck.FirstFault(new EmptyOwner()));
        Assert.Null(InterfaceCheck.FirstFault(new NotebookOwner("none", TimeProvider.System, PlantedBug.None)));
        Assert.Null(InterfaceCheck.FirstFault(new FindingOwner()));
    }

    private sealed class UnsignedOwner : EmptyOwner
    {
        public object GetExtendedInterface(uint uid) => uid == ExtendedInterfaces.RestorePrepare ? this : "nothing";
    }

    private sealed class RecoveringOwner : EmptyOwner, IRestorePrepare
    {
        public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

        public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) => default;

        public ValueTask RecoverAsync() => default;
    }

    private sealed class HidingOwner : EmptyOwner, IActiveBackupDataClient, IRestorePrepare
    {
        public object? GetExtendedInterface(int uid) => null;

        public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

        public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) => default;
    }

    private sealed class WrongObjectOwner : EmptyOwner, IActiveBackupDataClient
    {
        public object? GetExtendedInterface(int uid) => uid == ExtendedInterfaces.RestorePlan ? "a plan" : null;
    }

    private sealed class UndeclaredOwner : EmptyOwner
    {
        public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) => default;
    }

    /// <summary>Has its plan in another object, and finds it.</summary>
    private sealed class FindingOwner : EmptyOwner, IActiveBackupDataClient
    {
        public object? GetExtendedInterface(int uid) => uid == ExtendedInterfaces.RestorePlan ? new Plan() : null;
    }

    private sealed class Plan : IRestorePlan
    {
        public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) => default;
    }
}
