using System.Security.Cryptography;
using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>A private folder on a real file system, and what can be done to a tree in it. Names are Latin-1, so that every byte can be one.</summary>
internal sealed class Playground : IDisposable
{
    /// <param name="onDisk">True for the temporary folder's file system; false for one in memory, where there is one.</param>
    internal Playground(bool onDisk = false)
    {
        string parent = onDisk || !System.IO.Directory.Exists("/dev/shm") ? System.IO.Path.GetTempPath() : "/dev/shm";
        Path = System.IO.Path.Combine(parent, "conn-directory-" + RandomNumberGenerator.GetHexString(12, lowercase: true));
        Errno.Check(Kernel.MakeFolder(Kernel.CurrentFolder, Raw(Path), 0x1C0), Path);
        Source = At("source");
        System.IO.Directory.CreateDirectory(Source);
    }

    internal string Path { get; }

    internal string Source { get; }

    internal string At(string name) => System.IO.Path.Combine(Path, name);

    internal static byte[] Raw(string path) => Encoding.Latin1.GetBytes(path + '\0');

    internal byte[] In(string name) => Raw(Source + "/" + name);

    internal void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    internal void Write(string name, byte[] bytes)
    {
        int flags = (OpenFlags.NewFile | 0x200) & ~OpenFlags.Exclusive;
        Errno.Check(Kernel.Open(Kernel.CurrentFolder, In(name), flags, 0x1A4, out int file), name);
        Errno.Check(Kernel.Write(file, bytes), name);
        Kernel.Close(file);
    }

    internal void Append(string name, byte[] bytes)
    {
        Errno.Check(Kernel.Open(Kernel.CurrentFolder, In(name), OpenFlags.Write | 0x400, 0, out int file), name);
        Errno.Check(Kernel.Write(file, bytes), name);
        Kernel.Close(file);
    }

    internal void Sparse(string name, long size, params (long Offset, byte[] Data)[] pieces)
    {
        Write(name, []);
        Errno.Check(Kernel.Open(Kernel.CurrentFolder, In(name), OpenFlags.Write, 0, out int file), name);
        Errno.Check(Kernel.Truncate(file, size), name);
        foreach ((long offset, byte[] data) in pieces)
        {
            Errno.Check(Kernel.WriteAt(file, data, offset), name);
        }

        Kernel.Close(file);
    }

    internal void Folder(string name) => Errno.Check(Kernel.MakeFolder(Kernel.CurrentFolder, In(name), 0x1ED), name);

    internal void Link(string name, string target) => Errno.Check(Kernel.SymbolicLink(Raw(target), Kernel.CurrentFolder, In(name)), name);

    internal void HardLink(string name, string to) => Errno.Check(Kernel.Link(Kernel.CurrentFolder, In(to), Kernel.CurrentFolder, In(name)), name);

    internal void Move(string from, string to) =>
        Errno.Check(Kernel.Rename(Kernel.CurrentFolder, In(from), Kernel.CurrentFolder, In(to), RenameMode.Replace), from);

    internal void Swap(string one, string other) =>
        Errno.Check(Kernel.Rename(Kernel.CurrentFolder, In(one), Kernel.CurrentFolder, In(other), RenameMode.Exchange), one);

    internal void Remove(string name) => Errno.Check(TreeRemover.Remove(Kernel.CurrentFolder, In(name)), name);

    internal void Mode(string name, int mode) => Errno.Check(Kernel.ChangeMode(Kernel.CurrentFolder, In(name), mode), name);

    internal void Time(string name, long nanoseconds) => Errno.Check(Kernel.SetModified(Kernel.CurrentFolder, In(name), nanoseconds), name);

    internal FileStatus Status(string name)
    {
        Errno.Check(Kernel.Stat(Kernel.CurrentFolder, In(name), out FileStatus status), name);
        return status;
    }

    internal static byte[] Random(int bytes) => RandomNumberGenerator.GetBytes(bytes);

    public void Dispose() => Errno.Check(TreeRemover.Remove(Kernel.CurrentFolder, Raw(Path)), Path);
}
