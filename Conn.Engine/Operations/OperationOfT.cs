using Conn.Engine.Sessions;

namespace Conn.Engine.Operations;

/// <summary>An operation with a report.</summary>
/// <typeparam name="T">The report.</typeparam>
internal abstract class Operation<T> : Operation
{
    protected Operation(BackupEngine engine, string name, IReadOnlyList<RegisteredOwner> owners, CancellationToken abort)
        : base(engine, name, owners, abort)
    {
    }

    public abstract Task<T> RunAsync();
}
