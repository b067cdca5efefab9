using System.Globalization;
using Conn.Testing.Owners;

namespace Conn.ActiveBackup.Tests.Owners;

/// <summary>An owner of one file, as the subject of the suites.</summary>
internal sealed class FileSubject : DataOwnerSubject
{
    private readonly string _folder = Directory.CreateTempSubdirectory("conn-file-").FullName;
    private readonly Func<string, DataOwner> _make;
    private DataOwner _owner;

    public FileSubject(Func<string, DataOwner> make)
    {
        _make = make;
        _owner = make(Data);
        Change(0);
    }

    public override IActiveBackupDataClient Client => _owner;

    public override bool RealWork => true;

    public string Data => Path.Combine(_folder, "data.txt");

    public override void Change(int seed) =>
        File.WriteAllText(Data, string.Concat(Enumerable.Range(seed, 500).Select(i => string.Create(CultureInfo.InvariantCulture, $"line {i} of {seed}\n"))));

    public override void ChangeInPlace(int seed) =>
        File.WriteAllText(Data, string.Concat(File.ReadAllText(Data).Select((c, i) => c == '\n' ? c : (char)('a' + ((i + seed) % 26)))));

    public override void Clear() => File.WriteAllText(Data, "");

    public override string Image(DriveNumber drive) => File.ReadAllText(Data);

    public override async ValueTask ReopenAsync()
    {
        await ((IAsyncDisposable)_owner).DisposeAsync();
        _owner = _make(Data);
    }

    public override async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_owner).DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        await base.DisposeAsync();
    }
}
