using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>What the options exclude from a source: by patterns, and by marker files in folders. Counts what it excluded in one walk.</summary>
internal sealed class Exclusions
{
    /// <summary>The beginning of a tag file: bford.info/cachedir.</summary>
    private static ReadOnlySpan<byte> CacheSignature => "Signature: 8a477f597d28d172789f06886806bc55"u8;

    private static ReadOnlySpan<byte> CacheTag => "CACHEDIR.TAG\0"u8;

    /// <summary>From the last line to the first: the last one that matches decides.</summary>
    private readonly IgnoreLine[] _lines;
    private readonly byte[][] _markers;
    private readonly bool _caches;
    private long _byPattern;
    private long _byMarker;

    internal Exclusions(DirectoryOwnerOptions options)
    {
        _lines = [.. options.Exclude.Select(IgnoreLine.Parse).OfType<IgnoreLine>().Reverse()];
        _markers = [.. options.ExcludeIfPresent.Select(RawPath.FromText)];
        _caches = options.ExcludeCaches;
    }

    internal bool MatchesPattern(ReadOnlySpan<byte> path, bool isFolder)
    {
        if (_lines.Length == 0)
        {
            return false;
        }

        Span<char> characters = stackalloc char[PathBuffer.MaxBytes];
        characters = characters[..Encoding.Latin1.GetChars(path, characters)];
        foreach (IgnoreLine line in _lines)
        {
            if (line.Matches(characters, isFolder))
            {
                _byPattern += line.Includes ? 0 : 1;
                return !line.Includes;
            }
        }

        return false;
    }

    /// <summary>Whether of a folder only its markers are kept.</summary>
    internal bool HasMarker(int folder, NameList names)
    {
        for (int i = 0; i < names.Count && (_caches || _markers.Length > 0); i++)
        {
            if (IsMarker(names[i]) || IsCacheTag(folder, names[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an entry of a folder with a marker is excluded: every one but the markers.</summary>
    internal bool IsBesideMarker(ReadOnlySpan<byte> name)
    {
        bool excluded = !IsMarker(name) && !(_caches && name.SequenceEqual(CacheTag));
        _byMarker += excluded ? 1 : 0;
        return excluded;
    }

    internal void Tell(RemarkList remarks)
    {
        if (_byPattern > 0)
        {
            remarks.Note($"{_byPattern} entries match an exclude pattern and are left out, folders with all that is in them.");
        }

        if (_byMarker > 0)
        {
            remarks.Note($"{_byMarker} entries lie beside a marker of folders that are not kept and are left out, folders with all that is in them.");
        }

        (_byPattern, _byMarker) = (0, 0);
    }

    private bool IsMarker(ReadOnlySpan<byte> name)
    {
        foreach (byte[] marker in _markers)
        {
            if (name.SequenceEqual(marker))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsCacheTag(int folder, ReadOnlySpan<byte> name)
    {
        if (!_caches || !name.SequenceEqual(CacheTag))
        {
            return false;
        }

        Span<byte> start = stackalloc byte[CacheSignature.Length];
        int error = OwnFiles.Open(folder, name, out int file, out FileStatus status);
        bool tag = error == 0 && status.Kind == FileKind.File && Kernel.ReadAt(file, start, 0, out _) == 0 && start.SequenceEqual(CacheSignature);
        OwnFiles.Close(file);
        return tag;
    }
}
