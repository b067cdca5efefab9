using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace Conn.Packages.Tests;

/// <summary>One package file, read only.</summary>
public sealed class Package : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly XElement _metadata;

    /// <summary>Opens a package file.</summary>
    /// <param name="path">The path of a .nupkg or .snupkg file.</param>
    public Package(string path)
    {
        Path = path;
        _archive = ZipFile.OpenRead(path);
        using Stream specification = _archive.Entries.Single(static e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        _metadata = XDocument.Load(specification).Root!.Elements().Single(static e => e.Name.LocalName == "metadata");
    }

    /// <summary>Gets the path of the file.</summary>
    public string Path { get; }

    /// <summary>Gets the files in the package.</summary>
    public IEnumerable<ZipArchiveEntry> Files => _archive.Entries.Where(static e => !e.FullName.EndsWith('/'));

    /// <summary>Gets the id.</summary>
    public string Id => Text("id")!;

    /// <summary>Gets the names of the packages that this one depends on.</summary>
    public IEnumerable<string> Dependencies => _metadata.Descendants().Where(static e => e.Name.LocalName == "dependency")
        .Select(static e => e.Attribute("id")!.Value).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Gets the names of the shared frameworks that this package needs beside .NET's own.</summary>
    public IEnumerable<string> Frameworks => _metadata.Descendants().Where(static e => e.Name.LocalName == "frameworkReference")
        .Select(static e => e.Attribute("name")!.Value).Distinct();

    /// <summary>Gets the text of an element of the metadata, or null if there is none.</summary>
    public string? Text(string element) => _metadata.Elements().SingleOrDefault(e => e.Name.LocalName == element)?.Value;

    /// <summary>Reads one file of the package.</summary>
    public static byte[] Read(ZipArchiveEntry file)
    {
        using Stream stream = file.Open();
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>Reads a text file of the package.</summary>
    public string ReadText(string name) => Encoding.UTF8.GetString(Read(_archive.GetEntry(name)!));

    /// <inheritdoc/>
    public void Dispose() => _archive.Dispose();
}
