using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using Xunit;

namespace Conn.Packages.Tests;

/// <summary>What the files in the packages hold.</summary>
public sealed class PackageFileTests(PackedFeed feed)
{
    public static TheoryData<string> Names => [.. Libraries.Names];

    [Fact]
    public void Every_library_has_a_symbol_package_with_its_sources()
    {
        Assert.Equal(Libraries.Names.Select(static id => $"{id}.{PackedFeed.Version}.snupkg"), feed.SymbolPackages.Select(static f => Path.GetFileName(f)));
        foreach (string path in feed.SymbolPackages)
        {
            using Package package = new(path);
            ZipArchiveEntry file = Assert.Single(package.Files, IsSymbols);
            using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Package.Read(file)));
            MetadataReader symbols = provider.GetMetadataReader();
            Assert.NotEmpty(symbols.Documents);
            Assert.True(symbols.Documents.All(d => symbols.GetCustomDebugInformation(d).Count > 0), $"{package.Id} has symbols without sources");
        }
    }

    [Fact]
    public void No_packed_file_names_a_place_on_the_machine_that_packed_it()
    {
        byte[][] places = [Encoding.UTF8.GetBytes(Clone.Root), Encoding.Unicode.GetBytes(Clone.Root)];
        List<string> wrong = [];
        foreach (string path in feed.Packages.Concat(feed.SymbolPackages))
        {
            using Package package = new(path);
            foreach (ZipArchiveEntry file in package.Files)
            {
                byte[] content = Package.Read(file);
                bool named = places.Any(p => content.AsSpan().IndexOf(p) >= 0);
                if (named || (IsSymbols(file) && SourcePathsOf(content).Any(static s => s.StartsWith(Clone.Root, StringComparison.Ordinal))))
                {
                    wrong.Add($"{Path.GetFileName(path)}: {file.FullName}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_package_names_every_package_whose_assemblies_its_own_assembly_uses(string id)
    {
        using Package package = feed.Open(id);
        byte[] assembly = Package.Read(package.Files.Single(f => f.FullName == $"lib/net10.0/{id}.dll"));
        using PEReader image = new(new MemoryStream(assembly));
        MetadataReader metadata = image.GetMetadataReader();
        IEnumerable<string> used = metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name));
        HashSet<string> named =
        [
            .. package.Dependencies.SelectMany(RestoredAssemblies.Of), .. RestoredAssemblies.OfTheFramework("Microsoft.NETCore.App"),
            .. package.Frameworks.SelectMany(RestoredAssemblies.OfTheFramework), .. Libraries.Names,
        ];
        Assert.Empty(used.Except(named));
    }

    private static bool IsSymbols(ZipArchiveEntry file) => file.Name.EndsWith(".pdb", StringComparison.Ordinal);

    // Symbols keep the parts of a path apart, so a search of the bytes does not find it.
    private static IEnumerable<string> SourcePathsOf(byte[] symbols)
    {
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(symbols));
        MetadataReader reader = provider.GetMetadataReader();
        return [.. reader.Documents.Select(d => reader.GetString(reader.GetDocument(d).Name))];
    }
}
