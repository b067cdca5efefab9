using Conn.DataOwners.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

public sealed class SpoolFolderTests
{
    [Fact]
    public async Task Many_that_make_and_sweep_at_the_same_time_keep_their_own_folders()
    {
        string root = System.IO.Directory.CreateTempSubdirectory("conn-spool-").FullName;
        try
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                for (int i = 0; i < 400; i++)
                {
                    using SpoolFolder spool = SpoolFolder.Create(root);
                    (string path, Microsoft.Win32.SafeHandles.SafeFileHandle file) = spool.NewNamedFile();
                    file.Dispose();
                    Assert.True(File.Exists(path), "The folder was swept while its owner lives.");
                }
            }, TestContext.Current.CancellationToken)));
            Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(root));
        }
        finally
        {
            System.IO.Directory.Delete(root, true);
        }
    }
}
