using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Hosting.Instances;
using Conn.Ipc;
using Conn.PubSub.Security;
using Conn.Repository.Sets;

namespace Conn.Hosting.Requests;

/// <summary>Answers what other processes ask an instance.</summary>
internal sealed class RequestAnswers(ConnInstance instance, BackupService service, IReadOnlyList<IRequestCheck> checks)
{
    public async Task<string> AnswerAsync(IpcRequest request, CancellationToken cancellationToken)
    {
        RequestAnswer answer;
        try
        {
            answer = new RequestAnswer { Document = await DocumentAsync(request, cancellationToken) };
        }
        catch (Exception e) when (e is ConnException or OperationCanceledException)
        {
            answer = RequestAnswer.Of(e);
        }

        return RequestJson.Write(answer, RequestForms.Default.RequestAnswer);
    }

    private async Task<string> DocumentAsync(IpcRequest request, CancellationToken cancellationToken)
    {
        if (!instance.IsRunning)
        {
            throw new ConnException(ErrorCode.NotReady, "The host is starting or stopping. Try again.");
        }

        return request.Name switch
        {
            RequestNames.Backup => await BackupAsync(request, cancellationToken),
            RequestNames.Restore => await RestoreAsync(request, cancellationToken),
            RequestNames.Status => RequestJson.Write(await service.StatusAsync(cancellationToken), RequestForms.Default.BackupStatus),
            RequestNames.Abort => RequestJson.Write(await service.AbortRunningAsync(cancellationToken), RequestForms.Default.PastOperationArray),
            RequestNames.History => RequestJson.Write(service.History, RequestForms.Default.PastOperationArray),
            _ => throw new ConnException(ErrorCode.NotSupported, $"The host knows no request '{request.Name}'. Update the older of the two programs."),
        };
    }

    private async Task<string> BackupAsync(IpcRequest request, CancellationToken cancellationToken)
    {
        BackupAsk ask = RequestJson.Read(request.Document, RequestForms.Default.BackupAsk);
        IReadOnlyList<SecureId>? owners = ask.Owners is { } names ? await SidsAsync(names, cancellationToken) : null;
        Require(c => c.FindFault(ask));
        using IDisposable reports = ReportTo(request);
        return (await service.BackupAsync(
            r => r with
            {
                Holder = HolderOf(ask.PlanOnly ? "plan" : "backup", request), Owners = owners, Choice = ask.Choice, CopyOnly = ask.CopyOnly, Tags = ask.Tags, PlanOnly = ask.PlanOnly,
            },
            cancellationToken)).ToJson();
    }

    private async Task<string> RestoreAsync(IpcRequest request, CancellationToken cancellationToken)
    {
        RestoreAsk ask = RequestJson.Read(request.Document, RequestForms.Default.RestoreAsk);
        IReadOnlyList<DataOwnerRegistration> owners = await RegisteredAsync(ask.Owners, cancellationToken);
        Require(c => c.FindFault(ask));
        DataOwnerRegistration[] needed = [.. owners.Where(o => ask.Owners is not null || o.Policy == OwnerPolicy.Required)];
        SetList sets = await instance.Repository.ListSetsAsync(cancellationToken);
        SetChoice choice = new(sets)
        {
            Holds = s => needed.All(o => IsStored(s, o)),
            Asked = needed.Length == 0 ? null : $"data of {string.Join(", ", needed.Select(static o => o.Name))}{(needed.Length > 1 ? " together" : "")}",
        };
        BackupSet set = choice.Find(ask.Set);
        using IDisposable reports = ReportTo(request);
        RestoreReport report = await service.RestoreAsync(
            set,
            ask.Owners is null ? MissingOwner.Find(set, sets, [.. owners.Select(static o => (o.Name, o.Sid))]) : [],
            r => r with
            {
                Holder = HolderOf("restore", request), AllowOtherSource = ask.AllowOtherSource, PlanOnly = ask.PlanOnly,
                Owners = [.. owners.Where(o => needed.Contains(o) || IsStored(set, o)).Select(static o => o.Sid)],
            },
            cancellationToken);
        return (choice.PassedOver(ask.Set, set) is { } note ? report with { Notes = [note, .. report.Notes] } : report).ToJson();
    }

    /// <exception cref="OperationRefusedException">A check finds a fault.</exception>
    private void Require(Func<IRequestCheck, string?> find)
    {
        if (checks.Select(find).FirstOrDefault(static f => f is not null) is { } fault)
        {
            throw new OperationRefusedException(OperationRefusal.NoSource, ErrorCode.PathNotFound, fault);
        }
    }

    private static bool IsStored(BackupSet set, DataOwnerRegistration owner) => set.Part(owner.Sid.Value) is { IsStored: true };

    private static string HolderOf(string verb, IpcRequest request) => $"conn {verb} ({request.Peer})";

    private IDisposable ReportTo(IpcRequest request) => instance.Host.Engine.Progress.Subscribe(p => request.Report(RequestJson.Write(p, RequestForms.Default.OperationProgress)));

    private async Task<IReadOnlyList<SecureId>> SidsAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        [.. (await RegisteredAsync(names, cancellationToken)).Select(static o => o.Sid)];

    /// <summary>The owners named, or all that have data.</summary>
    /// <exception cref="OperationRefusedException">There is no owner of a name.</exception>
    private async Task<IReadOnlyList<DataOwnerRegistration>> RegisteredAsync(IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        DataOwnerRegistration[] all = [.. (await instance.Host.Engine.OwnersAsync(cancellationToken)).Select(static o => o.Registration)];
        return names?.FirstOrDefault(n => Array.TrueForAll(all, o => o.Name != n)) is { } unknown
            ? throw new OperationRefusedException(OperationRefusal.NoSuchOwner, ErrorCode.NotFound,
                $"There is no owner {unknown}; the host has {string.Join(", ", all.Select(static o => o.Name))}.")
            : [.. all.Where(o => names?.Contains(o.Name) ?? o.ActiveType != ActiveType.ProxyOnly)];
    }
}
