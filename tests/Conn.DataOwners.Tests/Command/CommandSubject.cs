using System.Globalization;
using Conn.ActiveBackup;
using Conn.Testing.Owners;

namespace Conn.DataOwners.Tests.Command;

/// <summary>A command owner whose program keeps one file, as the subject of the suites.</summary>
internal sealed class CommandSubject : DataOwnerSubject
{
    private const string Program = """
        case "$1" in
        backup) exec cat "$R/data" ;;
        restore) exec cat > "$CONN_STAGING/data" ;;
        commit) [ -e "$CONN_STAGING/data" ] || [ -e "$CONN_STAGING/moved" ] || exit 1
                if [ -e "$CONN_STAGING/data" ]; then mv "$CONN_STAGING/data" "$R/data"; : > "$CONN_STAGING/moved"; fi ;;
        esac
        """;

    private readonly CommandLab _lab = new();
    private readonly string _program;
    private CommandDataOwner _owner;

    public CommandSubject()
    {
        _program = _lab.Script(Program);
        _owner = Make();
        Change(0);
    }

    public override bool RealWork => true;

    public override IActiveBackupDataClient Client => _owner;

    public override void Change(int seed) => File.WriteAllText(
        _lab.At("data"), string.Concat(Enumerable.Range(seed, 500).Select(i => string.Create(CultureInfo.InvariantCulture, $"line {i} of {seed}\n"))));

    public override void ChangeInPlace(int seed) =>
        File.WriteAllText(_lab.At("data"), string.Concat(_lab.Read("data").Select((c, i) => c == '\n' ? c : (char)('a' + ((i + seed) % 26)))));

    public override void Clear() => File.WriteAllText(_lab.At("data"), "");

    public override string Image(DriveNumber drive) => _lab.Read("data");

    public override async ValueTask ReopenAsync()
    {
        await _owner.DisposeAsync();
        _owner = Make();
    }

    public override async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync();
        await _lab.DisposeAsync();
        await base.DisposeAsync();
    }

    private CommandDataOwner Make() => _lab.Owner(_program, static o => o with { Discards = false });
}
