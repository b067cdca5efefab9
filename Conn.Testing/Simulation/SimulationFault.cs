using System.Globalization;
using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Simulation;

/// <summary>One fault of a schedule: what happens, to whom, and when.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Owner">The owner's number from 0; -1 when it is the host's.</param>
/// <param name="Callback">The callback it happens in; null when it is not in one.</param>
/// <param name="At">The number of the call, of the progress step or of the write, from 0.</param>
/// <param name="Amount">Seconds, sections, bytes: what the kind measures.</param>
/// <param name="Code">The code of a failure.</param>
public sealed record SimulationFault(FaultKind Kind, int Owner, OwnerCallKind? Callback, int At, int Amount, ErrorCode Code)
{
    /// <summary>One line.</summary>
    /// <returns>For example <c>Leave of owner1 in GetBackupDataSection #2, DiskFull</c>.</returns>
    public override string ToString()
    {
        string where = Callback is { } callback ? $" in {callback} #{At}" : string.Create(CultureInfo.InvariantCulture, $" at {At}");
        string whose = Owner < 0 ? "" : $" of owner{Owner}";
        string code = Code.IsSuccess ? "" : $", {Code}";
        return $"{Kind}{whose}{where}, {Amount}{code}";
    }
}
