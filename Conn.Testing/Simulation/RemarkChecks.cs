using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Repository.Sets;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>The remarks of scripted owners, and what must be true of them in the report: each is there, with the owner it is about, and what was left out makes
/// the part incomplete.</summary>
internal sealed class RemarkChecks(SimulationRun run)
{
    private const int MaxTexts = 10_000;
    private const int MaxLength = 4096;

    private readonly List<Remark> _remarks = [];
    private BackupSet? _restored;
    private int _made;

    /// <summary>An operation begins.</summary>
    public void Begin(BackupSet? restored)
    {
        _remarks.Clear();
        _restored = restored;
    }

    /// <summary>Makes the remarks of an owner.</summary>
    public OwnerRemarks Make(SimulatedOwner owner)
    {
        uint bit = 1u << owner.Number;
        _made++;
        return new OwnerRemarks([$"{owner.Name} notes {_made}"],
            (run.Current.Plan.LeavesOut & bit) != 0 ? [$"{owner.Name} leaves out {_made}"] : [],
            (run.Current.Plan.LeavesOut & (bit << 1)) != 0 ? $"{owner.Name} explains {_made}" : null);
    }

    /// <summary>A call has returned remarks that the engine must take.</summary>
    public void Returned(SimulatedOwner owner, OwnerCall call, OwnerRemarks remarks)
    {
        if (run.FailureChecks.Span is { IsResume: true })
        {
            // What an owner remarks when an earlier restore is rolled forward is not in a report of its own.
            return;
        }

        bool isOfRestore = run.Current.Plan.IsRestore;
        _remarks.Add(new Remark(owner, call.Kind == OwnerCallKind.TakeRemarks && !isOfRestore ? owner.Serves ?? owner : owner, Kept(remarks.Notes), Kept(remarks.Errors),
            call.Kind == OwnerCallKind.TakeRemarks && !isOfRestore && owner.Serves is null ? remarks.WhyBase : null));
    }

    /// <summary>Whether something is left out of what is reported of an owner, so that its part is incomplete.</summary>
    public bool IsIncomplete(SimulatedOwner owner) => _remarks.Exists(r => r.Errors.Count > 0 && (r.About == owner || IsHelperOf(r.By, owner)))
        || (_restored?.Part(owner.Sid.Value) is { Outcome: PartOutcome.Incomplete });

    /// <summary>The report of an owner that did not fail has every remark about it, once.</summary>
    public void CheckReported(SimulatedOwner owner, OwnerReport report)
    {
        if (report.Outcome is not (OwnerOutcome.Succeeded or OwnerOutcome.Incomplete) || run.Ties.Joined(owner).Any(o => o.MayTimeOut || o.FailedItselfAt is not null))
        {
            return;
        }

        foreach (Remark remark in _remarks)
        {
            string prefix = remark.By == owner ? "" : $"Manager {remark.By.Name}: ";
            bool isAbout = remark.About == owner;
            RequireAll(owner, isAbout ? [.. remark.Notes.Select(n => prefix + n)] : [], report.Notes);
            RequireAll(owner, isAbout ? [.. remark.Errors.Select(e => prefix + e)] : IsHelperOf(remark.By, owner) ? remark.Errors : [], report.Errors);
        }

        if (_remarks.FindLast(r => r.About == owner && r.WhyBase is not null) is { } explained && report.Why != explained.WhyBase)
        {
            run.Violated(Invariant.Told, $"{owner.Name} said why it gives a base: {explained.WhyBase}, and reported is: {report.Why}");
        }
    }

    /// <summary>In a restore a helper has no report of its own: what it left out is reported of the owners it serves.</summary>
    private bool IsHelperOf(SimulatedOwner helper, SimulatedOwner owner) =>
        run.Current.Plan.IsRestore && run.Ties.IsHelper(helper) && owner.Plan.Managers.Contains(helper.Number);

    private void RequireAll(SimulatedOwner owner, IReadOnlyList<string> texts, IReadOnlyList<string> reported)
    {
        if (texts.Count > 0 && (texts.Count > 3 ? !reported.Contains(texts[^1]) || reported.Count < texts.Count : texts.Any(t => reported.Count(r => r == t) != texts.Count(u => u == t))))
        {
            run.Violated(Invariant.Told, $"{owner.Name} is reported with {reported.Count} remarks, and not with every one of {string.Join(" | ", texts.Take(3).Select(t => t[..Math.Min(t.Length, 80)]))}");
        }
    }

    /// <summary>What is kept of a list: the first texts, each cut, and a mark in place of the rest.</summary>
    private static List<string> Kept(IReadOnlyList<string> texts)
    {
        List<string> kept = [.. texts.Take(MaxTexts + 1).Select(t => t.Length <= MaxLength ? t : t[..MaxLength] + " …")];
        if (kept.Count > MaxTexts)
        {
            kept[MaxTexts] = "… and more";
        }

        return kept;
    }

    /// <summary>What one call returned.</summary>
    private sealed record Remark(SimulatedOwner By, SimulatedOwner About, IReadOnlyList<string> Notes, IReadOnlyList<string> Errors, string? WhyBase);
}
