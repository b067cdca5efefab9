#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>The tests that decide whether the others run. Part of <see cref="DataOwnerContract"/>.</summary>
/// <remarks>They run in this order. The first that fails is reported; all other tests are skipped and name it, because they would fail for the same
/// reason.</remarks>
public abstract class DataOwnerFirstContract : DataOwnerSuite
{
    [Fact]
    public Task Every_optional_interface_that_the_owner_implements_is_found() =>
        MustBeFirstAsync(nameof(Every_optional_interface_that_the_owner_implements_is_found));

    [Fact]
    public Task A_base_and_a_restore_give_the_data_of_the_base() => MustBeFirstAsync(nameof(A_base_and_a_restore_give_the_data_of_the_base));

    [Fact]
    public Task A_base_a_change_an_increment_and_a_restore_give_the_data_of_the_increment() =>
        MustBeFirstAsync(nameof(A_base_a_change_an_increment_and_a_restore_give_the_data_of_the_increment));

    [Fact]
    public Task Nothing_the_owner_has_changes_before_RestoreComplete() => MustBeFirstAsync(nameof(Nothing_the_owner_has_changes_before_RestoreComplete));

    [Fact]
    public async Task The_owner_stays_on_its_thread_and_waits_by_its_clock()
    {
        await using (DataOwnerSubject subject = await CreateAsync())
        {
            Assert.SkipWhen(subject.RealWork, "The subject says RealWork: threads and clocks of the owner are not tested.");
        }

        await MustBeFirstAsync(nameof(The_owner_stays_on_its_thread_and_waits_by_its_clock));
    }
}
