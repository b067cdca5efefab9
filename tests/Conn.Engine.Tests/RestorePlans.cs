using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;

namespace Conn.Engine.Tests;

/// <summary>Answers in place of an owner whether it could take a restore, and records what it is asked. Accepts until a test gives another answer.</summary>
internal sealed class RestorePlans
{
    /// <summary>The drive and the expected bytes of each question.</summary>
    public List<string> Asked { get; } = [];

    public Func<CancellationToken, ValueTask> Answer { get; set; } = _ => default;

    public DataOwnerParticipantOptions Add(DataOwnerParticipantOptions options) => options.WithLayer(async (call, next, cancellationToken) =>
    {
        if (call.Kind != OwnerCallKind.PlanRestore)
        {
            return await next(call, cancellationToken);
        }

        Asked.Add($"{call.Drive} {call.ExpectedBytes}");
        try
        {
            await Answer(cancellationToken);
            return default;
        }
#pragma warning disable CA1031 // As the dispatcher of an owner's own plan does.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return OwnerCallResult.Threw(e);
        }
    });
}
