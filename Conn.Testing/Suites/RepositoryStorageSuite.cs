#pragma warning disable CS1591 // A test's name is its documentation.
using System.Text;
using Conn.Repository;
using Conn.Repository.Storage;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>What every <see cref="IRepositoryStorage"/> must do. Derive it, and give it empty storage.</summary>
public abstract class RepositoryStorageSuite
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes storage with nothing in it; its root need not exist.</summary>
    /// <returns>The storage.</returns>
    protected abstract IRepositoryStorage Create();

    /// <summary>A second view on the same storage, as another process has it.</summary>
    /// <param name="storage">What <see cref="Create"/> gave.</param>
    /// <returns>The view.</returns>
    protected abstract IRepositoryStorage Another(IRepositoryStorage storage);

    [Fact]
    public async Task What_was_appended_is_read_at_any_offset()
    {
        var storage = await MadeAsync();
        await using (var writer = await storage.CreateAsync("file", Token))
        {
            await writer.AppendAsync("hello "u8.ToArray(), Token);
            await writer.AppendAsync(ReadOnlyMemory<byte>.Empty, Token);
            await writer.AppendAsync("world"u8.ToArray(), Token);
            await writer.FlushAsync(Token);
        }

        await using var file = await storage.OpenReadAsync("file", Token);
        Assert.NotNull(file);
        Assert.Equal(11, file.Bytes);
        await file.DropCacheAsync(Token);
        var buffer = new byte[20];
        Assert.Equal(11, await file.ReadAsync(0, buffer, Token));
        Assert.Equal("hello world", Encoding.ASCII.GetString(buffer, 0, 11));
        Assert.Equal(5, await file.ReadAsync(6, buffer, Token));
        Assert.Equal("world", Encoding.ASCII.GetString(buffer, 0, 5));
        Assert.Equal(0, await file.ReadAsync(11, buffer, Token));
        Assert.Equal(0, await file.ReadAsync(100, buffer, Token));
    }

    [Fact]
    public async Task What_does_not_exist_is_null_and_not_an_error()
    {
        var storage = Create();
        Assert.Empty(await storage.ListAsync("", Token) ?? []);
        Assert.Null(await storage.OpenReadAsync("file", Token));
        await storage.CreateFolderAsync("", Token);
        Assert.NotNull(await storage.ListAsync("", Token));
        Assert.Null(await storage.ListAsync("folder", Token));
        Assert.Null(await storage.OpenReadAsync("folder/file", Token));
        await storage.DeleteAsync("folder", Token);
        await storage.DeleteAsync("file", Token);
    }

    [Fact]
    public async Task A_folder_lists_files_and_folders_in_ordinal_order()
    {
        var storage = await MadeAsync();
        await storage.CreateFolderAsync("b", Token);
        await storage.CreateFolderAsync("b", Token);
        await PutAsync(storage, "a", "12");
        await PutAsync(storage, "B", "123");
        await PutAsync(storage, "b/inner", "1");
        var entries = await storage.ListAsync("", Token);
        Assert.Equal([new StorageEntry("B", false, 3), new StorageEntry("a", false, 2), new StorageEntry("b", true, 0)], entries);
        Assert.Equal([new StorageEntry("inner", false, 1)], await storage.ListAsync("b", Token));
    }

    [Fact]
    public async Task A_file_that_exists_is_not_created_again()
    {
        var storage = await MadeAsync();
        await PutAsync(storage, "file", "old");
        var error = await Assert.ThrowsAsync<RepositoryException>(async () => await storage.CreateAsync("file", Token));
        Assert.Equal(RepositoryFailure.Io, error.Failure);
        Assert.Equal("old", await GetAsync(storage, "file"));
    }

    [Fact]
    public async Task A_rename_replaces_a_file_and_moves_a_folder_with_all_in_it()
    {
        var storage = await MadeAsync();
        await PutAsync(storage, "new", "new");
        await PutAsync(storage, "old", "old");
        await storage.RenameAsync("new", "old", Token);
        Assert.Equal("new", await GetAsync(storage, "old"));
        Assert.Null(await storage.OpenReadAsync("new", Token));

        await storage.CreateFolderAsync("from", Token);
        await storage.CreateFolderAsync("to", Token);
        await PutAsync(storage, "from/file", "inside");
        await storage.RenameAsync("from", "to/there", Token);
        await storage.FlushFolderAsync("to", Token);
        await storage.FlushFolderAsync("", Token);
        Assert.Equal("inside", await GetAsync(storage, "to/there/file"));
        Assert.Null(await storage.ListAsync("from", Token));
    }

    [Fact]
    public async Task A_folder_is_not_renamed_over_another()
    {
        var storage = await MadeAsync();
        await storage.CreateFolderAsync("from", Token);
        await storage.CreateFolderAsync("to", Token);
        await PutAsync(storage, "to/file", "kept");
        await Assert.ThrowsAsync<RepositoryException>(async () => await storage.RenameAsync("from", "to", Token));
        await Assert.ThrowsAsync<RepositoryException>(async () => await storage.RenameAsync("nothing", "other", Token));
        Assert.Equal("kept", await GetAsync(storage, "to/file"));
    }

    [Fact]
    public async Task A_folder_is_deleted_with_all_in_it()
    {
        var storage = await MadeAsync();
        await storage.CreateFolderAsync("folder", Token);
        await storage.CreateFolderAsync("folder/inner", Token);
        await PutAsync(storage, "folder/inner/file", "x");
        await storage.DeleteAsync("folder", Token);
        Assert.Empty(await storage.ListAsync("", Token) ?? []);
    }

    [Fact]
    public async Task A_lock_has_one_holder_at_a_time()
    {
        var storage = await MadeAsync();
        var other = Another(storage);
        await PutAsync(storage, "lock", "");
        var held = await storage.TryLockAsync("lock", Token);
        Assert.NotNull(held);
        Assert.Null(await other.TryLockAsync("lock", Token));
        Assert.Null(await storage.TryLockAsync("lock", Token));
        Assert.Single(await other.ListAsync("", Token) ?? []);
        await held.DisposeAsync();
        await using var next = await other.TryLockAsync("lock", Token);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task A_reader_keeps_reading_while_the_file_is_replaced()
    {
        var storage = await MadeAsync();
        await PutAsync(storage, "file", "before");
        await PutAsync(storage, "file.new", "after!");
        await using var open = await storage.OpenReadAsync("file", Token);
        Assert.NotNull(open);
        await storage.RenameAsync("file.new", "file", Token);
        var buffer = new byte[6];
        Assert.Equal(6, await open.ReadAsync(0, buffer, Token));
        Assert.Equal("before", Encoding.ASCII.GetString(buffer));
        Assert.Equal("after!", await GetAsync(storage, "file"));
    }

    [Fact]
    public async Task A_cancelled_call_changes_nothing()
    {
        var storage = await MadeAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await storage.CreateAsync("file", cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await storage.CreateFolderAsync("folder", cancelled.Token));
        Assert.Empty(await storage.ListAsync("", Token) ?? []);
    }

    private static async Task PutAsync(IRepositoryStorage storage, string path, string text)
    {
        await using var writer = await storage.CreateAsync(path, Token);
        await writer.AppendAsync(Encoding.ASCII.GetBytes(text), Token);
        await writer.FlushAsync(Token);
    }

    private static async Task<string> GetAsync(IRepositoryStorage storage, string path)
    {
        await using var file = await storage.OpenReadAsync(path, Token);
        Assert.NotNull(file);
        var buffer = new byte[file.Bytes];
        await file.ReadAsync(0, buffer, Token);
        return Encoding.ASCII.GetString(buffer);
    }

    private async Task<IRepositoryStorage> MadeAsync()
    {
        var storage = Create();
        await storage.CreateFolderAsync("", Token);
        return storage;
    }
}
