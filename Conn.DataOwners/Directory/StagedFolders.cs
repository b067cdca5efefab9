using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Stands in folders of a staged tree in which entries are made and removed; a folder gets its attributes, or gets them back, when it is
/// left.</summary>
internal sealed class StagedFolders(FolderHandle root, Ownership ownership) : FolderCursor(root)
{
    private const int Private = 0x1C0;
    private const int SetGroup = 0x400;
    private readonly List<State> _states = [];
    private readonly byte[] _acl = new byte[ExtendedSet.MaxValueBytes];
    private EntryAttributes? _forNext;
    private bool _nextIsNew;

    /// <summary>Enters a folder that was just made or is to get new attributes.</summary>
    internal int EnterWith(ReadOnlySpan<byte> folder, in EntryAttributes attributes, bool isNew)
    {
        LeaveTo(Math.Min(Depth, DepthOf(folder) - 1));
        (_forNext, _nextIsNew) = (attributes, isNew);
        int error = Enter(folder, out _);
        _forNext = null;
        return error;
    }

    protected override int OnEnter(int depth, int parent, ReadOnlySpan<byte> name, ref int descriptor, int error)
    {
        FileStatus status = default;
        if (error == Errno.Access)
        {
            // Not readable for us: ours, in a private place, and checked to be a folder and no link before its mode is changed.
            error = Kernel.Stat(parent, name, out status);
            error = error == 0 && status.Kind != FileKind.Folder ? Errno.NotFolder : error;
            error = error == 0 ? Kernel.ChangeMode(parent, name, Private) : error;
            error = error == 0 ? Kernel.OpenFolder(parent, name, out descriptor) : error;
        }

        if (error != 0)
        {
            return error;
        }

        while (_states.Count < depth)
        {
            _states.Add(default);
        }

        // What is made in it must not inherit from it: its own record says everything.
        byte[] acl = _forNext is not null && _nextIsNew ? [] : TakeDefaultAcl(descriptor);
        if (_forNext is { } attributes)
        {
            _states[depth - 1] = new State(attributes, SetOwner: true, SetMode: true, _nextIsNew, []);
            return Kernel.ChangeMode(descriptor, Private);
        }

        error = status.Kind == FileKind.Unknown ? Kernel.StatOpen(descriptor, out status) : 0;
        bool opened = (status.Mode & Private) != Private || (status.Mode & SetGroup) != 0;
        _states[depth - 1] = new State(new EntryAttributes(status.Mode, 0, 0, status.ModifiedNanoseconds), SetOwner: false, SetMode: opened, IsNew: false, acl);
        return error == 0 && opened ? Kernel.ChangeMode(descriptor, Private) : error;
    }

    protected override void OnLeave(int depth, int descriptor)
    {
        State state = _states[depth - 1];
        int mode = state.SetOwner ? ownership.Apply(descriptor, state.Attributes) : state.Attributes.Mode;
        var holder = new AttributeHolder(descriptor);
        if (state.SetOwner && state.IsNew)
        {
            ownership.Extended.Set(holder, state.Attributes.Extended.Span);
        }
        else if (state.SetOwner)
        {
            ownership.Extended.Replace(holder, state.Attributes.Extended.Span);
        }

        int error = state.DefaultAcl.Length > 0 ? holder.Set(ExtendedSet.DefaultAcl, state.DefaultAcl) : 0;
        error = error == 0 && state.SetMode ? Kernel.ChangeMode(descriptor, mode) : error;
        error = error == 0 ? Kernel.SetModified(descriptor, state.Attributes.Modified) : error;
        Errno.Check(error, "The attributes of a restored folder could not be set");
    }

    protected override bool MustReopenToLeave(int depth) => true;

    private byte[] TakeDefaultAcl(int folder)
    {
        var holder = new AttributeHolder(folder);
        return holder.Get(ExtendedSet.DefaultAcl, _acl, out int bytes) == 0 && holder.Remove(ExtendedSet.DefaultAcl) == 0 ? _acl.AsSpan(0, bytes).ToArray() : [];
    }

    private static int DepthOf(ReadOnlySpan<byte> folder) => folder.IsEmpty ? 0 : folder.Count((byte)'/') + 1;

    private readonly record struct State(EntryAttributes Attributes, bool SetOwner, bool SetMode, bool IsNew, byte[] DefaultAcl);
}
