using System.Globalization;
using System.Text;
using Conn.Repository.Format;
using Conn.Repository.Storage;
using Microsoft.Win32.SafeHandles;

namespace Conn.Repository.Encryption;

/// <summary>What this machine has seen of an encrypted repository: its newest set, and the epoch of its keys. Who can write to the storage can put an old copy of
/// everything there, in which each record is right; only somebody who remembers notices.</summary>
/// <remarks>A memory that cannot be read or written guards nothing and stops nothing: the repository is what counts.</remarks>
internal sealed class RepositoryMemory
{
    private const int ShaDigits = 64;
    private const int MaxBytes = 4096;
    private readonly string _file;

    public RepositoryMemory(string folder, string repositoryId) => _file = Path.Combine(Path.GetFullPath(folder), repositoryId);

    /// <summary>Compares an index with what is remembered.</summary>
    /// <returns>A sentence if it is older or another one, else null.</returns>
    /// <exception cref="RepositoryException">WrongKey: the keys were rotated since the storage was opened, so the memory is newer than what it can read. NotPermitted, Io.</exception>
    public async ValueTask<string?> FindRollbackAsync(IndexRecord index, EncryptedStorage storage, CancellationToken cancellationToken)
    {
        string? difference = Difference(index, storage.Keys.Epoch, storage.Place);
        if (difference is not null)
        {
            await storage.RequireNewestKeysAsync(cancellationToken);
        }

        return difference;
    }

    /// <summary>Compares an index with what is remembered; returns a sentence if it is older or another one, else null.</summary>
    public string? Difference(IndexRecord index, int epoch, string place) => Read() is not var (sequence, sha, known) ? null
        : epoch < known
        ? $"The repository at {place} is older than it was: this machine has seen {known} master keys of it, and it has {epoch}. An old copy, or an old key slot,"
        + " may have been put there. If that is as it should be, accept it (--accept-rollback)."
        : (index.LastSequence < sequence || (index.Sets.FirstOrDefault(set => set.Sequence == sequence) is { } found && Digits(found) != sha))
        ? $"The repository at {place} is older than it was: this machine has seen set number {sequence} of it, and its newest is number {index.LastSequence}"
        + ", or another set has that number. An old copy may have been put there. If that is as it should be, accept it (--accept-rollback)."
        : null;

    public void Remember(IndexedSet newest, int epoch) => Write(newest.Sequence, Digits(newest), epoch);

    /// <summary>Remembers new keys, if a set of the repository is remembered.</summary>
    public void RememberEpoch(int epoch)
    {
        if (Read() is var (sequence, sha, _))
        {
            Write(sequence, sha, epoch);
        }
    }

    private void Write(long sequence, string sha, int epoch)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{sequence} {sha} {epoch}\n");
        try
        {
            if (ReadText() == text)
            {
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            string next = $"{_file}.{Environment.ProcessId}.new";
            File.WriteAllText(next, text);
            File.Move(next, _file, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Said in the remarks of the type.
        }
    }

    // A pipe, a folder or a file that is too long in its place is no memory.
    private string ReadText()
    {
        if (!File.Exists(_file))
        {
            return "";
        }

        try
        {
            using SafeFileHandle handle = FolderFile.OpenHandle(_file, out long bytes);
            byte[] text = new byte[bytes < MaxBytes ? bytes : 0];
            return Encoding.ASCII.GetString(text, 0, RandomAccess.Read(handle, text, 0));
        }
        catch (RepositoryException)
        {
            return "";
        }
    }

    private static string Digits(IndexedSet set)
    {
        byte[] bytes = new byte[FormatLimits.ShaBytes];
        set.ManifestSha.Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    // The epoch was added later.
    private (long Sequence, string Sha, int Epoch)? Read()
    {
        try
        {
            string[] words = ReadText().Trim().Split(' ');
            int epoch = 1;
            return words is [{ } number, { Length: ShaDigits } sha, .. { Length: <= 1 } more]
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
                && (more.Length == 0 || int.TryParse(more[0], NumberStyles.None, CultureInfo.InvariantCulture, out epoch))
                ? (sequence, sha, epoch)
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
