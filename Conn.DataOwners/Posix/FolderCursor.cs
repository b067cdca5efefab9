namespace Conn.DataOwners.Posix;

/// <summary>Stands in one folder below a root at a time and reaches every other by names alone, never through a link. At most <see cref="MaxOpen"/> folders are
/// open.</summary>
internal class FolderCursor : IDisposable
{
    private const int MaxOpen = 64;
    private readonly FolderHandle _root;
    private byte[] _path = new byte[256];
    private Level[] _levels = new Level[16];
    private int _open;

    /// <param name="root">Stays the caller's; open longer than this cursor.</param>
    internal FolderCursor(FolderHandle root) => _root = root;

    /// <summary>How deep the current folder is; 0 is the root.</summary>
    internal int Depth { get; private set; }

    private int PathLength => Depth == 0 ? 0 : _levels[Depth - 1].End;

    /// <summary>Goes to a folder given by its path below the root (empty for the root itself).</summary>
    /// <returns>0 and its descriptor, valid until the next call; or why it cannot be entered.</returns>
    internal int Enter(ReadOnlySpan<byte> folder, out int descriptor)
    {
        descriptor = -1;
        LeaveTo(CommonDepth(folder));
        int error = Reopen(out descriptor);
        while (error == 0 && PathLength < folder.Length)
        {
            int start = Depth == 0 ? 0 : PathLength + 1;
            int length = folder[start..].IndexOf((byte)'/');
            int end = length < 0 ? folder.Length : start + length;
            error = Push(folder[..end], start, descriptor, out descriptor);
        }

        return error;
    }

    /// <summary>Leaves every folder below a depth.</summary>
    internal void LeaveTo(int depth)
    {
        while (Depth > depth)
        {
            if (MustReopenToLeave(Depth) && _levels[Depth - 1].Descriptor < 0)
            {
                Errno.Check(Reopen(out _), "A folder could not be opened again");
            }

            Level level = _levels[Depth - 1];
            OnLeave(Depth, level.Descriptor);
            if (level.Descriptor >= 0)
            {
                Kernel.Close(level.Descriptor);
                _open--;
            }

            Depth--;
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes everything; nothing is told about leaving.</summary>
    protected virtual void Dispose(bool disposing)
    {
        for (; Depth > 0; Depth--)
        {
            Kernel.Close(_levels[Depth - 1].Descriptor);
        }

        _open = 0;
    }

    /// <summary>A folder was entered; a failure here fails the entering.</summary>
    protected virtual int OnEnter(int depth, int parent, ReadOnlySpan<byte> name, ref int descriptor, int error) => error;

    /// <summary>A folder is left; the descriptor is -1 when it was closed meanwhile and nobody asked for it.</summary>
    protected virtual void OnLeave(int depth, int descriptor)
    {
    }

    /// <summary>Whether <see cref="OnLeave"/> needs the folder open.</summary>
    protected virtual bool MustReopenToLeave(int depth) => false;

    private int CommonDepth(ReadOnlySpan<byte> folder)
    {
        int depth = 0;
        while (depth < Depth)
        {
            int end = _levels[depth].End;
            int start = depth == 0 ? 0 : _levels[depth - 1].End;
            bool same = end <= folder.Length && (end == folder.Length || folder[end] == '/')
                && folder[start..end].SequenceEqual(_path.AsSpan(start, end - start));
            if (!same)
            {
                break;
            }

            depth++;
        }

        return depth;
    }

    private int Push(ReadOnlySpan<byte> path, int start, int parent, out int descriptor)
    {
        if (path.Length + 1 > _path.Length)
        {
            Array.Resize(ref _path, Math.Max(_path.Length * 2, path.Length + 1));
        }

        if (Depth == _levels.Length)
        {
            Array.Resize(ref _levels, Depth * 2);
        }

        path.CopyTo(_path);
        _path[path.Length] = 0;
        ReadOnlySpan<byte> name = _path.AsSpan(start, path.Length - start + 1);
        int error = Kernel.OpenFolder(parent, name, out descriptor);
        error = OnEnter(Depth + 1, parent, name, ref descriptor, error);
        if (error != 0)
        {
            Kernel.Close(descriptor);
            return error;
        }

        _levels[Depth++] = new Level(path.Length, descriptor);
        _open++;
        CloseFarthest();
        return 0;
    }

    private void CloseFarthest()
    {
        for (int i = 0; _open > MaxOpen && i < Depth - 1; i++)
        {
            if (_levels[i].Descriptor >= 0)
            {
                Kernel.Close(_levels[i].Descriptor);
                _levels[i] = _levels[i] with { Descriptor = -1 };
                _open--;
            }
        }
    }

    private int Reopen(out int descriptor)
    {
        int from = Depth;
        while (from > 0 && _levels[from - 1].Descriptor < 0)
        {
            from--;
        }

        descriptor = from == 0 ? _root.Descriptor : _levels[from - 1].Descriptor;
        for (int i = from; i < Depth; i++)
        {
            int start = i == 0 ? 0 : _levels[i - 1].End + 1;
            int end = _levels[i].End;
            byte kept = _path[end];
            _path[end] = 0;
            int error = Kernel.OpenFolder(descriptor, _path.AsSpan(start, end - start + 1), out int next);
            _path[end] = kept;
            if (error != 0)
            {
                return error;
            }

            _levels[i] = _levels[i] with { Descriptor = next };
            _open++;
            descriptor = next;
        }

        CloseFarthest();
        return 0;
    }

    private readonly record struct Level(int End, int Descriptor);
}
