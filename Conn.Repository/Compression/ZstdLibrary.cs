using System.Runtime.InteropServices;

namespace Conn.Repository.Compression;

/// <summary>The functions of libzstd that this project calls. They have been stable since version 1.4.0.</summary>
internal sealed unsafe class ZstdLibrary
{
    private const uint FirstStableVersion = 10400;

    private ZstdLibrary(nint library)
    {
        CreateCompression = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "ZSTD_createCCtx");
        CreateDecompression = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "ZSTD_createDCtx");
        FreeCompression = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeCCtx");
        FreeDecompression = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeDCtx");
        Compress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint>)NativeLibrary.GetExport(library, "ZSTD_compressCCtx");
        Decompress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(library, "ZSTD_decompressDCtx");
        IsError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(library, "ZSTD_isError");
    }

    /// <summary>Gets the library of this machine; null where there is none, or only an older one.</summary>
    public static ZstdLibrary? System { get; } = Load();

    public delegate* unmanaged<nint> CreateCompression { get; }

    public delegate* unmanaged<nint> CreateDecompression { get; }

    public delegate* unmanaged<nint, nuint> FreeCompression { get; }

    public delegate* unmanaged<nint, nuint> FreeDecompression { get; }

    public delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint> Compress { get; }

    public delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> Decompress { get; }

    public delegate* unmanaged<nuint, uint> IsError { get; }

    // Windows has no such library of its own: one that its search finds may be anybody's.
    private static ZstdLibrary? Load()
    {
        if (OperatingSystem.IsWindows() || !NativeLibrary.TryLoad(OperatingSystem.IsMacOS() ? "libzstd.1.dylib" : "libzstd.so.1", out nint library))
        {
            return null;
        }

        return NativeLibrary.TryGetExport(library, "ZSTD_versionNumber", out nint version) && ((delegate* unmanaged<uint>)version)() >= FirstStableVersion
            ? new ZstdLibrary(library)
            : null;
    }
}
