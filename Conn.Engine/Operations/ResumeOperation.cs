using Conn.Engine.Owners;
using Conn.Repository;

namespace Conn.Engine.Operations;

/// <summary>Settles the restores that earlier runs committed and did not finish, and does nothing else.</summary>
internal sealed class ResumeOperation(EngineState engine, BackupRepository repository, string holder, CancellationToken abort) : Operation(engine, holder, abort)
{
    public async Task<ResumeReport> RunAsync()
    {
        Abort.ThrowIfCancellationRequested();
        int pending = (await repository.Restores.ListPendingAsync(Abort)).Count;
        if (pending == 0)
        {
            return new ResumeReport { Outcome = OperationOutcome.Succeeded, Pending = 0 };
        }

        RepositoryWriterLock writerLock = await repository.LockForWritingAsync(Holder, Abort);
        try
        {
            Notes.AddRange(writerLock.Notes);
            RestoreResume resume = new(this, repository, writerLock);
            await resume.RunAsync();
            await resume.CloseLostAsync();
            return new ResumeReport
            {
                Outcome = resume.Failed.Count > 0 ? OperationOutcome.Failed : Pending.Count > 0 ? OperationOutcome.Partial : OperationOutcome.Succeeded,
                Pending = pending, Notes = Notes,
            };
        }
        finally
        {
            await ReleaseAsync(writerLock);
        }
    }
}
