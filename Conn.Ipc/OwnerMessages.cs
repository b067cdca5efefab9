using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.PubSub.Security;
using MessagePack;

namespace Conn.Ipc;

/// <summary>A call of a data owner on the wire. Its bytes go beside it: through shared memory, or else through the connection for sections.</summary>
internal sealed record WireCall(
    long Id, int Kind, int Drive, uint ProxiedOwner, int BufferBytes,
    int SectionBytes, bool Last, long ExpectedBytes, uint Drives, int Mode,
    bool IsShared) : IWireRecord<WireCall>
{
    public static WireCall Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 11);
        return new WireCall(
            reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadUInt32(), reader.ReadInt32(), reader.ReadInt32(),
            reader.ReadBoolean(), reader.ReadInt64(), reader.ReadUInt32(), reader.ReadInt32(), reader.ReadBoolean());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(11);
        writer.Write(Id);
        writer.Write(Kind);
        writer.Write(Drive);
        writer.Write(ProxiedOwner);
        writer.Write(BufferBytes);
        writer.Write(SectionBytes);
        writer.Write(Last);
        writer.Write(ExpectedBytes);
        writer.Write(Drives);
        writer.Write(Mode);
        writer.Write(IsShared);
    }

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
internal sealed record WireMode(uint Drives, int Mode) : IWireRecord<WireMode>
{
    public static WireMode Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 2);
        return new WireMode(reader.ReadUInt32(), reader.ReadInt32());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.Write(Drives);
        writer.Write(Mode);
    }

    public static BurModeInfo Read(uint drives, int mode) => new(new DriveList(drives), BurMode.FromValue(mode));
}

/// <summary>The result of a call of a data owner on the wire.</summary>
internal sealed record WireResult(
    int Code, string? Message, int Bytes, bool Finished, long Number,
    byte[]? Token, string[]? Notes, string[]? Errors, string? WhyBase,
    int Features) : IWireRecord<WireResult>
{
    public static WireResult Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 10);
        return new WireResult(
            reader.ReadInt32(), reader.ReadString(), reader.ReadInt32(), reader.ReadBoolean(), reader.ReadInt64(),
            WireCodec.BytesOrNull(ref reader), WireCodec.TextsOrNull(ref reader), WireCodec.TextsOrNull(ref reader), reader.ReadString(),
            reader.ReadInt32());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(10);
        writer.Write(Code);
        writer.Write(Message);
        writer.Write(Bytes);
        writer.Write(Finished);
        writer.Write(Number);
        writer.Write(Token);
        WireCodec.WriteTexts(ref writer, Notes);
        WireCodec.WriteTexts(ref writer, Errors);
        writer.Write(WhyBase);
        writer.Write(Features);
    }

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
internal sealed record WireOwner(uint SecureId, bool HasCallbacks, long LeaseTicks, bool Shares = false, string? Name = null) : IWireRecord<WireOwner>
{
    public static WireOwner Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 5);
        return new WireOwner(reader.ReadUInt32(), reader.ReadBoolean(), reader.ReadInt64(), reader.ReadBoolean(), reader.ReadString());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        writer.Write(SecureId);
        writer.Write(HasCallbacks);
        writer.Write(LeaseTicks);
        writer.Write(Shares);
        writer.Write(Name);
    }
}
