using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Where a drive is restored to: a name in a parent folder. A link at the end is resolved once, so that what is swapped is the folder
/// itself.</summary>
internal sealed class RestoreTarget
{
    private const int Sticky = 0x200;
    private readonly DirectoryOwnerOptions _options;

    /// <summary>The path as it was given, before a link at its end was resolved.</summary>
    private readonly string _named;

    internal RestoreTarget(string path, DirectoryOwnerOptions options)
    {
        _options = options;
        string named = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        string full = named;
        if (System.IO.Directory.Exists(full) && System.IO.Directory.ResolveLinkTarget(full, returnFinalTarget: true) is { } resolved)
        {
            full = System.IO.Path.TrimEndingDirectorySeparator(resolved.FullName);
        }

        (Path, _named) = (full, named);
        Parent = System.IO.Path.GetDirectoryName(full) ?? throw Refusal(ErrorCode.NotSupported, "is the root of the file system");
        Name = System.IO.Path.GetFileName(full);
    }

    internal string Owner => _options.Name;

    /// <summary>Reports progress while one long call is under way, until disposed.</summary>
    internal ITimer KeepAlive() => SourceFileSystems.KeepAlive(_options);

    /// <summary>Reports that the work is alive.</summary>
    internal void Beat() => _options.Progress?.Invoke();

    internal string Path { get; }

    internal string Parent { get; }

    internal string Name { get; }

    /// <summary>Says why a restore could not be staged and put in place: everything that can be known before it is staged. Touches nothing.</summary>
    internal void Plan(long expectedBytes)
    {
        FileStatus parent = CheckParent();
        Staging.OpenParent(this).Dispose();
        int error = Kernel.Stat(Kernel.CurrentFolder, RawPath.FromText(Path), out FileStatus target);
        if (error == 0)
        {
            CheckExisting(target, parent);
        }
        else if (!Presence.IsAbsent(error))
        {
            throw Refusal(Errno.Code(error), $"cannot be looked at ({Errno.Text(error)})");
        }

        long free = new System.IO.DriveInfo(Parent).AvailableFreeSpace;
        if (expectedBytes > free)
        {
            throw Refusal(ErrorCode.DiskFull, $"needs about {expectedBytes} bytes beside it while the restore is staged, and {free} are free");
        }
    }

    internal FileStatus CheckParent()
    {
        int error = Kernel.StatFollowing(RawPath.FromText(Parent), out FileStatus parent);
        if (error != 0 && !Presence.IsAbsent(error))
        {
            throw Refusal(Errno.Code(error), $"has a parent folder that cannot be looked at ({Errno.Text(error)})");
        }

        if (error != 0 || parent.Kind != FileKind.Folder)
        {
            string what = error == 0 ? $"is a {RawPath.KindName(parent.Kind)}. Move that away, or"
                : $"does not exist. Make that folder (mkdir -p '{Parent}') and restore again, or";
            throw Refusal(ErrorCode.PathNotFound, $"should be in '{Parent}', which {what}");
        }

        return Kernel.MayChange(RawPath.FromText(Parent)) ? parent
            : throw Refusal(ErrorCode.AccessDenied, $"is in '{Parent}', a folder that this user may not write to");
    }

    internal ConnException Refusal(ErrorCode code, string why) =>
        new(code, $"The folder '{Path ?? _options.Path}' of owner '{_options.Name}' cannot take a restore: it "
            + $"{why}{(why.EndsWith(" or", StringComparison.Ordinal) ? " restore" : ". Restore")} to another place.");

    private void CheckExisting(in FileStatus target, in FileStatus parent)
    {
        if (target.Kind != FileKind.Folder)
        {
            throw Refusal(ErrorCode.NotSupported, $"is no folder: a {RawPath.KindName(target.Kind)} of {target.Size} bytes lies there. Move that away, or");
        }

        if (target.IsMountRoot || target.Device != parent.Device)
        {
            throw Refusal(ErrorCode.NotSupported, "is a mount point or another file system than its parent");
        }

        if ((parent.Mode & Sticky) != 0 && LibC.EffectiveUser() is not 0 and var user && user != parent.UserId && user != target.UserId)
        {
            throw Refusal(ErrorCode.AccessDenied, $"belongs to user {target.UserId}, in a folder where only the owner of an entry may replace it");
        }

        string below = Path + '/';
        foreach (string exclusion in _options.OtherPlaces)
        {
            string full = System.IO.Path.GetFullPath(exclusion);
            bool inside = full.StartsWith(below, StringComparison.Ordinal) || full.StartsWith(_named + '/', StringComparison.Ordinal);
            if (inside && Presence.Look(Kernel.CurrentFolder, RawPath.FromText(full), out _))
            {
                throw Refusal(ErrorCode.NotSupported, $"holds '{full}', which is no part of it and would be lost. Move that away, restore this owner, "
                    + "and then put it back or restore the owner that keeps it; or");
            }
        }

        foreach (string line in System.IO.File.ReadLines("/proc/self/mountinfo"))
        {
            string mount = Unescape(line.Split(' ')[4]);
            if (mount.StartsWith(below, StringComparison.Ordinal))
            {
                throw Refusal(ErrorCode.NotSupported, $"has another file system mounted below, at '{mount}'");
            }
        }
    }

    private static string Unescape(string mount) =>
        mount.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);
}
