namespace Conn.Parsers.Tests.Parsers;

/// <summary>A folder for the files of parsers. It is made when the first one asks, and removed at the end of the program.</summary>
internal static class ScratchFolder
{
    private static readonly Lazy<string> Root = new(static () =>
    {
        string root = Directory.CreateTempSubdirectory("conn-fuzz-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        return root;
    });

    /// <summary>Names a folder for a parser, and makes it if need be.</summary>
    public static string Of(string parser) => Directory.CreateDirectory(Path.Combine(Root.Value, parser)).FullName;
}
