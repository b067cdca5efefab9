using Conn.ActiveBackup.Content;
using Conn.Cli.Output;
using Conn.DataOwners;
using Conn.Repository.Sets;

namespace Conn.Cli.Contents;

/// <summary>What a restore of single paths did, or would do: a row for each entry, and totals.</summary>
/// <param name="terminal">Where refusals are named.</param>
/// <param name="set">The set.</param>
/// <param name="isPlan">Whether nothing is changed.</param>
internal sealed class PathReport(Terminal terminal, BackupSet set, bool isPlan)
{
    private readonly long[] _counts = new long[4];
    private ResultStream? _result;
    private long _bytes;

    public List<string> Notes { get; } = [];

    public long Refused => _counts[(int)ContentAction.Refuse];

    public void Begin(ResultStream result)
    {
        _result = result;
        result.Json?.WriteString("set", set.Id.Text);
        result.Json?.WriteBoolean("dryRun", isPlan);
        result.Json?.WriteStartArray("entries");
    }

    public void Add(string owner, ContentEntry entry, ContentAction action, string why)
    {
        _counts[(int)action]++;
        _bytes += action is ContentAction.Write or ContentAction.Replace && entry.Kind == ContentKind.File ? entry.Size : 0;
        if (_result?.Json is { } json)
        {
            json.WriteStartObject();
            json.WriteString("owner", owner);
            EntryOutput.Path(json, entry);
            EntryOutput.Content(json, entry);
            json.WriteString("action", action.ToString().ToLowerInvariant());
            json.WriteString("why", why);
            json.WriteEndObject();
        }
        else if (isPlan && action != ContentAction.Refuse)
        {
            string size = entry.Kind == ContentKind.File ? Sizes.Bytes(entry.Size) : "-";
            _result!.Line($"{action.ToString().ToLowerInvariant(),-7}  {size,8}  {owner}:{entry.Text}{(entry.Kind == ContentKind.Folder ? "/" : "")}");
        }

        if (action == ContentAction.Refuse && !terminal.Json)
        {
            terminal.Attention($"not restored: {owner}:{entry.Text}: {why}");
        }

        _result!.Next();
    }

    public void End()
    {
        (long written, long replaced, long kept) = (_counts[(int)ContentAction.Write], _counts[(int)ContentAction.Replace], _counts[(int)ContentAction.Keep]);
        if (_result!.Json is { } json)
        {
            json.WriteEndArray();
            json.WriteString("outcome", Refused == 0 ? "succeeded" : "partial");
            json.WriteNumber("written", written);
            json.WriteNumber("replaced", replaced);
            json.WriteNumber("kept", kept);
            json.WriteNumber("refused", Refused);
            json.WriteNumber("bytes", _bytes);
            json.WriteStartArray("notes");
            Notes.ForEach(json.WriteStringValue);
            json.WriteEndArray();
        }
        else if (isPlan || !terminal.Quiet || Refused > 0)
        {
            string will = isPlan ? " would be" : "";
            _result.Line($"set {set.Id}: {written}{will} written, {replaced} replaced, {kept} kept, {Refused} refused; {Sizes.Bytes(_bytes)}"
                + (isPlan ? "; nothing was touched" : ""));
        }
    }
}
