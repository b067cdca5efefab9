using System.Runtime.Versioning;

// Real signals, modes, links and mounts: these tests are for Linux.
[assembly: SupportedOSPlatform("linux")]
