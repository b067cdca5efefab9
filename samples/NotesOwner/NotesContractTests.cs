using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace NotesOwner;

/// <summary>Everything a data owner promises, checked for the notes.</summary>
public sealed class NotesContractTests : DataOwnerContract
{
    /// <inheritdoc/>
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new NotesSubject());
}
