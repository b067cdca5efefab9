using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace NotesOwner;

/// <summary>What an owner with IRestorePrepare promises beyond the others.</summary>
public sealed class NotesPrepareContractTests : DataOwnerPrepareContract
{
    /// <inheritdoc/>
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new NotesSubject());
}
