using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Owners;

/// <summary>Takes and gives the streams of one drive for a driver, until the driver stops.</summary>
/// <remarks>Buffers are full of filler before a call, and sections are overwritten after it, so that an owner that keeps one is found.</remarks>
internal sealed class DriveTransfer(OwnerDriver driver, DriveNumber drive)
{
    private const byte Filler = 0xE5;
    private const int MaxEmptySections = 8;

    /// <summary>Takes the data of a backup; null when the driver stopped.</summary>
    public async Task<byte[]?> TakeDataAsync(int sectionBytes)
    {
        long expected = (await driver.CallAsync(OwnerCall.On(OwnerCallKind.GetExpectedDataSize, drive))).Number;
        if (expected < -1)
        {
            throw driver.Failure($"GetExpectedDataSize of drive {drive} returned {expected}, and the only value below 0 is -1, for an unknown size");
        }

        if (driver.Stop(OwnerStep.SizeAsked))
        {
            return null;
        }

        await driver.CallAsync(OwnerCall.On(OwnerCallKind.InitialiseGetBackupData, drive));
        return driver.Stop(OwnerStep.DataOpened) ? null
            : await TakeAsync(OwnerCallKind.GetBackupDataSection, sectionBytes, [OwnerStep.SectionTaken, OwnerStep.TwoSectionsTaken], OwnerStep.DataTaken);
    }

    /// <summary>Takes the new snapshot; null when the owner keeps none, or when the driver stopped.</summary>
    public async Task<byte[]?> TakeSnapshotAsync(int sectionBytes)
    {
        try
        {
            return await TakeAsync(OwnerCallKind.GetSnapshotData, sectionBytes, [OwnerStep.SnapshotPieceTaken], OwnerStep.SnapshotTaken);
        }
        catch (ConnException e) when (OwnerCallRules.Of(OwnerCallKind.GetSnapshotData).RefusalCodes.Contains(e.Code))
        {
            return null;
        }
    }

    /// <summary>Gives a snapshot; the owner may refuse it by throwing.</summary>
    public Task GiveSnapshotAsync(byte[] snapshot) => GiveAsync(OwnerCallKind.ReceiveSnapshotData, snapshot, OwnerStep.SnapshotOpened, OwnerStep.SnapshotGiven);

    /// <summary>Gives a snapshot, and goes on without it if the owner refuses it.</summary>
    public async Task OfferSnapshotAsync(byte[] snapshot)
    {
        try
        {
            await GiveSnapshotAsync(snapshot);
        }
        catch (ConnException e) when (OwnerCallRules.Of(OwnerCallKind.ReceiveSnapshotData).RefusalCodes.Contains(e.Code))
        {
            // A restore needs no snapshot.
        }
    }

    /// <summary>Gives the data of a base or of the next increment.</summary>
    public async Task GiveDataAsync(byte[] data, bool isBase)
    {
        await driver.CallAsync(OwnerCall.On(isBase ? OwnerCallKind.InitialiseRestoreBaseData : OwnerCallKind.InitialiseRestoreIncrementData, drive));
        if (driver.Stop(isBase ? OwnerStep.BaseOpened : OwnerStep.IncrementOpened))
        {
            return;
        }

        await (isBase
            ? GiveAsync(OwnerCallKind.RestoreBaseDataSection, data, OwnerStep.BaseSectionGiven, OwnerStep.BaseGiven)
            : GiveAsync(OwnerCallKind.RestoreIncrementDataSection, data, OwnerStep.IncrementSectionGiven, OwnerStep.IncrementGiven));
    }

    /// <summary>Takes a stream to its end; the steps come after its first sections, and the last one after its end.</summary>
    private async Task<byte[]?> TakeAsync(OwnerCallKind kind, int sectionBytes, OwnerStep[] steps, OwnerStep all)
    {
        using MemoryStream taken = new();
        byte[] buffer = new byte[sectionBytes];
        int empty = 0;
        for (int sections = 0; ; sections++)
        {
            buffer.AsSpan().Fill(Filler);
            SectionResult section = (await driver.CallAsync(OwnerCall.Take(kind, new DriveKey(drive), buffer))).Section;
            if (section.Bytes < 0 || section.Bytes > buffer.Length)
            {
                throw driver.Failure($"{kind} of drive {drive} returned {section.Bytes} bytes in a buffer of {buffer.Length}");
            }

            taken.Write(buffer, 0, section.Bytes);
            if (section.Finished)
            {
                return driver.Stop(all) ? null : taken.ToArray();
            }

            empty = section.Bytes == 0 ? empty + 1 : 0;
            if (empty > MaxEmptySections)
            {
                throw driver.Failure($"{kind} of drive {drive} returned {empty} empty sections in a row, and an engine would treat the owner as hung");
            }

            if (sections < steps.Length && driver.Stop(steps[sections]))
            {
                return null;
            }
        }
    }

    /// <summary>Gives a stream to its end, or until the driver stops.</summary>
    private async Task GiveAsync(OwnerCallKind kind, byte[] bytes, OwnerStep first, OwnerStep all)
    {
        int at = 0;
        bool last;
        do
        {
            byte[] section = bytes[at..Math.Min(bytes.Length, at + driver.RestoreBytes)];
            at += section.Length;
            last = at == bytes.Length && (!driver.EmptyLast || section.Length == 0);
            await driver.CallAsync(OwnerCall.Give(kind, new DriveKey(drive), section, last));
            section.AsSpan().Fill(Filler);
            if (driver.Stop(last ? all : first))
            {
                return;
            }
        }
        while (!last);
    }
}
