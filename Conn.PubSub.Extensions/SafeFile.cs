using Microsoft.Win32.SafeHandles;

namespace Conn.PubSub.Extensions;

/// <summary>Reads and replaces a file without following a link. Every failure is an <see cref="IOException"/>.</summary>
internal static class SafeFile
{
    /// <summary>Reads a file; null when it does not exist.</summary>
    public static byte[]? TryRead(string path) => Run(path, static p => File.Exists(p) ? File.ReadAllBytes(p) : null);

    /// <summary>Replaces a file, durably: a crash leaves the old one or the new one.</summary>
    public static void Replace(string path, byte[] content)
    {
        RefuseLink(path);
        Run(path, p =>
        {
            string next = p + ".new";

            // What is there is left from a crash, or it is a link, which is removed and not followed. Creating a new file follows none either.
            File.Delete(next);
            using (SafeFileHandle file = PrivateFile.Create(next))
            {
                RandomAccess.Write(file, content, 0);
                DeviceFlush.File(file, next);
            }

            File.Move(next, p, overwrite: true);
            DeviceFlush.Folder(Path.GetDirectoryName(p)!);
            return true;
        });
    }

    /// <summary>Refuses a symbolic link.</summary>
    /// <exception cref="IOException">It is one.</exception>
    public static void RefuseLink(string path)
    {
        if (Run(path, static p => new FileInfo(p).LinkTarget is not null))
        {
            throw new IOException($"'{path}' is a symbolic link, which is not followed: use the path of the file itself.");
        }
    }

    /// <summary>Runs file operations.</summary>
    /// <exception cref="IOException">One failed, whatever exception the runtime uses for it.</exception>
    public static T Run<T>(string path, Func<string, T> operate)
    {
        try
        {
            return operate(path);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"'{path}' cannot be used: {error.Message}", error);
        }
    }
}
