using static Conn.ActiveBackup.DataOwnerStatus;
using static Conn.ActiveBackup.Machines.ReadinessEvent;
using Row = Conn.ActiveBackup.Machines.MachineRow<Conn.ActiveBackup.DataOwnerStatus, Conn.ActiveBackup.Machines.ReadinessEvent>;

namespace Conn.ActiveBackup.Machines;

/// <summary>The readiness of one owner in one operation: the only place where its order is written down.</summary>
/// <remarks>Failed is sticky: only the end of the operation leads out of it. A confirmation inside a callback is legal.</remarks>
public static class ReadinessTable
{
    /// <summary>The table.</summary>
    public static MachineTable<DataOwnerStatus, ReadinessEvent> Instance { get; } = new("ReadinessMachine", NotConnected,
    [
        new Row(NotConnected, Connect, NotReady),
        new Row(NotConnected, Fail, Failed),
        new Row(NotConnected, End, NotConnected),

        new Row(NotReady, ConfirmReady, Ready),
        new Row(NotReady, ConfirmReadyNoImpl, ReadyNoImpl),
        new Row(NotReady, Fail, Failed),
        new Row(NotReady, Close, NotConnected),
        new Row(NotReady, End, NotConnected),

        new Row(Ready, ConfirmReady, Ready),
        new Row(Ready, Fail, Failed),
        new Row(Ready, Close, NotConnected),
        new Row(Ready, End, NotConnected),

        new Row(ReadyNoImpl, ConfirmReadyNoImpl, ReadyNoImpl),
        new Row(ReadyNoImpl, Fail, Failed),
        new Row(ReadyNoImpl, Close, NotConnected),
        new Row(ReadyNoImpl, End, NotConnected),

        new Row(Failed, Fail, Failed),
        new Row(Failed, Close, Failed),
        new Row(Failed, End, NotConnected),
    ]);
}
