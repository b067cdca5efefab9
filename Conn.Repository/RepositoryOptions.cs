using Conn.Repository.Encryption;

namespace Conn.Repository;

/// <summary>Represents how a repository is read and written. No option changes what can be read back later.</summary>
public sealed record RepositoryOptions
{
    /// <summary>The longest section that the format allows: 1 MiB.</summary>
    public const int MaxSectionBytes = 1 << 20;

    /// <summary>Gets the number of threads that compress, check and decode. 0 to 64; the default is 2. With 0, all work runs on the caller's thread.</summary>
    /// <remarks>With 0, every call completes synchronously if the storage does, so tests in virtual time stay deterministic.</remarks>
    public int Workers { get; init; } = 2;

    /// <summary>Gets the longest section that is stored, in bytes; a longer one is cut. 1 to <see cref="MaxSectionBytes"/>, which is the default.</summary>
    public int SectionBytes { get; init; } = MaxSectionBytes;

    /// <summary>Gets the longest segment file, in bytes; a section that does not fit begins a new file. 4 KiB to 1 GiB; the default is 64 MiB.</summary>
    public int SegmentBytes { get; init; } = 64 << 20;

    /// <summary>Gets the zstd level of sections. 1 to 19; the default is 1.</summary>
    public int CompressionLevel { get; init; } = 1;

    /// <summary>Gets what opens the repository; the default, null, is for one that is not encrypted. A repository that is created with a key is encrypted.</summary>
    /// <remarks>A repository that is not encrypted is refused when a key is given: somebody may have put it in the place of one that is.</remarks>
    public RepositoryKey? Key { get; init; }

    /// <summary>Gets with what a repository that is created is encrypted. The default, null, is AES where the processor has instructions for it, else
    /// ChaCha20-Poly1305. A repository that exists keeps its own.</summary>
    public FileCipher? Cipher { get; init; }

    /// <summary>Gets the folder in which this machine remembers the newest set of each encrypted repository, so that an old copy in the place of one is noticed. The
    /// default, null, remembers nothing. It is made when it is needed, and must not lie in the repository.</summary>
    public string? StateFolder { get; init; }

    /// <summary>Gets whether an old copy of an encrypted repository is accepted from now on. The default is false: it is refused.</summary>
    public bool AcceptRollback { get; init; }

    /// <summary>Gets the clock for ids and times. The default is the system clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets the source of the random part of ids. The default, null, is the cryptographic source of the system; tests give a seeded one.</summary>
    public Random? Random { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Require(Workers is >= 0 and <= 64, nameof(Workers), Workers, "0 to 64");
        Require(SectionBytes is >= 1 and <= MaxSectionBytes, nameof(SectionBytes), SectionBytes, "1 to 1048576");
        Require(SegmentBytes is >= 4096 and <= 1 << 30, nameof(SegmentBytes), SegmentBytes, "4096 to 1073741824");
        Require(Cipher is null or FileCipher.Aes256Gcm or FileCipher.ChaCha20Poly1305, nameof(Cipher), (int)Cipher.GetValueOrDefault(), "1 or 2");
        Require(CompressionLevel is >= 1 and <= 19, nameof(CompressionLevel), CompressionLevel, "1 to 19");
    }

    private static void Require(bool isInRange, string name, int value, string range)
    {
        if (!isInRange)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}.");
        }
    }
}
