using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>Compares a file of restored pages with the state that was backed up.</summary>
internal static class StateCheck
{
    /// <summary>Reads every page and compares it with the digest of the backed-up state.</summary>
    /// <returns>The digest by content only, by which a live database is compared.</returns>
    /// <exception cref="ConnException">Corrupt: the pages are not those of the state.</exception>
    public static byte[] Verify(SafeFileHandle file, StagedState state, Action? progress, CancellationToken cancellationToken)
    {
        long length = RandomAccess.GetLength(file);
        if (length != (long)state.PageCount * state.PageSize)
        {
            throw SqliteErrors.Damaged($"The staged copy has {length} bytes and should have {state.PageCount} pages of {state.PageSize}.");
        }

        StateDigest stored = new();
        StateDigest content = new();
        byte[] block = new byte[1024 * 1024];
        byte[] hash = new byte[PageHashes.HashBytes];
        for (long offset = 0; offset < length; offset += block.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int bytes = ReadFully(file, block.AsSpan(0, (int)Math.Min(block.Length, length - offset)), offset);
            for (int at = 0; at < bytes; at += state.PageSize)
            {
                Span<byte> page = block.AsSpan(at, state.PageSize);
                if (offset + at == 0)
                {
                    PageOne.SetWal(page, wal: false);
                }

                XxHash128.Hash(page, hash);
                stored.Append(hash);
                if (offset + at == 0)
                {
                    CheckHeader(page, state);
                    PageOne.KeepContentOnly(page);
                    XxHash128.Hash(page, hash);
                }

                content.Append(hash);
            }

            progress?.Invoke();
        }

        return stored.Finish(state.PageSize, state.PageCount).AsSpan().SequenceEqual(state.Digest)
            ? content.Finish(state.PageSize, state.PageCount)
            : throw SqliteErrors.Damaged("The staged pages are not those of the backed-up state: the digest differs.");
    }

    private static void CheckHeader(ReadOnlySpan<byte> page, StagedState state)
    {
        if (!page.StartsWith(PageOne.Magic) || PageOne.PageSizeOf(page) != state.PageSize || PageOne.PageCountOf(page) != state.PageCount)
        {
            throw SqliteErrors.Damaged("The restored pages do not begin with the header of a SQLite database of their size.");
        }
    }

    private static int ReadFully(SafeFileHandle file, Span<byte> destination, long offset)
    {
        int read = 0;
        while (read < destination.Length)
        {
            int piece = RandomAccess.Read(file, destination[read..], offset + read);
            if (piece == 0)
            {
                throw SqliteErrors.Damaged("The staged copy became shorter while it was read.");
            }

            read += piece;
        }

        return read;
    }
}
