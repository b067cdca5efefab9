namespace Conn.Repository.Encryption;

/// <summary>The lengths of an encrypted file: a header, then frames of 64 KiB of plain bytes, each with a tag; the last one, also of an empty file, may be shorter.</summary>
internal static class EncryptedLength
{
    public const int FrameBytes = 64 << 10;
    public const int TagBytes = 16;
    public const int StoredFrameBytes = FrameBytes + TagBytes;

    /// <summary>Gets how many frames a file of so many plain bytes has.</summary>
    public static long Frames(long plain) => Math.Max(1, (plain + FrameBytes - 1) / FrameBytes);

    /// <summary>Gets how many plain bytes a file holds; -1 if no file has this length.</summary>
    public static long Plain(long stored)
    {
        long body = stored - EncryptedHeader.Bytes;
        if (body < TagBytes)
        {
            return -1;
        }

        long frames = (body + StoredFrameBytes - 1) / StoredFrameBytes;
        long last = body - ((frames - 1) * StoredFrameBytes);
        return last > TagBytes || (last == TagBytes && frames == 1) ? body - (frames * TagBytes) : -1;
    }

    /// <summary>Gets where a frame begins in the file.</summary>
    public static long Offset(long frame) => EncryptedHeader.Bytes + (frame * StoredFrameBytes);
}
