using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.PubSub.Security;
using MessagePack;

namespace Conn.Ipc;

/// <summary>A call of a data owner on the wire. Its bytes go beside it: through shared memory, or else through the connection for sections.</summary>
[MessagePackObject]
internal sealed record WireCall(
    [property: Key(0)] long Id, [property: Key(1)] int Kind, [property: Key(2)] int Drive, [property: Key(3)] uint ProxiedOwner, [property: Key(4)] int BufferBytes,
    [property: Key(5)] int SectionBytes, [property: Key(6)] bool Last, [property: Key(7)] long ExpectedBytes, [property: Key(8)] uint Drives, [property: Key(9)] int Mode,
    [property: Key(10)] bool IsShared)
{
    public static WireCall Of(long id, in OwnerCall call, bool isShared = false) => new(
        id, (int)call.Kind, call.Drive.Index, call.ProxiedOwner.Value, call.Buffer.Length, call.Section.Length, call.Last, call.ExpectedBytes,
        call.Mode.Drives.Bits, call.Mode.Mode.ToValue(), isShared);

    public OwnerCall Read(Memory<byte> buffer, ReadOnlyMemory<byte> section) => OwnerCall.On((OwnerCallKind)Kind, DriveNumber.FromIndex(Drive)) with
    {
        ProxiedOwner = new SecureId(ProxiedOwner), Buffer = buffer, Section = section, Last = Last, ExpectedBytes = ExpectedBytes,
        Mode = WireMode.Read(Drives, Mode),
    };
}

/// <summary>The current operation on the wire.</summary>
[MessagePackObject]
internal sealed record WireMode([property: Key(0)] uint Drives, [property: Key(1)] int Mode)
{
    public static BurModeInfo Read(uint drives, int mode) => new(new DriveList(drives), BurMode.FromValue(mode));
}

/// <summary>The result of a call of a data owner on the wire.</summary>
[MessagePackObject]
internal sealed record WireResult(
    [property: Key(0)] int Code, [property: Key(1)] string? Message, [property: Key(2)] int Bytes, [property: Key(3)] bool Finished, [property: Key(4)] long Number,
    [property: Key(5)] byte[]? Token, [property: Key(6)] string[]? Notes, [property: Key(7)] string[]? Errors, [property: Key(8)] string? WhyBase,
    [property: Key(9)] int Features)
{
    public static WireResult Of(in OwnerCallResult result) => new(
        result.Failure?.Code.Value ?? 0, result.Failure?.Message, result.Section.Bytes, result.Section.Finished, result.Number, result.Token.ToArray(),
        result.Remarks is { } r ? [.. r.Notes] : null, result.Remarks is { } e ? [.. e.Errors] : null, result.Remarks?.WhyBase, (int)result.Features);

    public OwnerCallResult Read() => Code != 0
        ? OwnerCallResult.Failed(new ErrorCode(Code), Message ?? "The failure has no message.")
        : new OwnerCallResult
        {
            Section = new SectionResult(Bytes, Finished), Number = Number, Token = Token, Features = (OwnerFeatures)Features,
            Remarks = Notes is null || Errors is null ? null : new OwnerRemarks(Notes, Errors, WhyBase),
        };
}

/// <summary>What an owner connects with.</summary>
[MessagePackObject]
internal sealed record WireOwner(
    [property: Key(0)] uint SecureId, [property: Key(1)] bool HasCallbacks, [property: Key(2)] long LeaseTicks, [property: Key(3)] bool Shares = false,
    [property: Key(4)] string? Name = null);
