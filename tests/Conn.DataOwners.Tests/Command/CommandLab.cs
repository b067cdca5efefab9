using Conn.ActiveBackup;

namespace Conn.DataOwners.Tests.Command;

/// <summary>A private folder with shell scripts as programs of owners; gone with its test.</summary>
internal sealed class CommandLab : IAsyncDisposable
{
    private readonly List<CommandDataOwner> _owners = [];

    public string Root { get; } = System.IO.Directory.CreateTempSubdirectory("conn-command-").FullName;

    public string Staging => At("staging");

    public string At(string name) => Path.Combine(Root, name);

    public string Read(string name) => File.Exists(At(name)) ? File.ReadAllText(At(name)) : "";

    /// <summary>Writes a script that gets each stage as a function of this body.</summary>
    public string Script(string body, string name = "program", bool executable = true)
    {
        string path = At(name);
        File.WriteAllText(path, $"#!/bin/sh\nR='{Root}'\n{body}\n");
        SetMode(path, executable ? 0x1C0 : 0x100);
        return path;
    }

    public static void SetMode(string path, int mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)mode);
        }
    }

    public CommandDataOwner Owner(string program, Func<CommandOwnerOptions, CommandOwnerOptions>? change = null)
    {
        CommandOwnerOptions options = new()
        {
            Name = "service", Program = program, StagingFolder = Staging, KillAfter = TimeSpan.FromMilliseconds(500),
        };
        CommandDataOwner owner = new(change?.Invoke(options) ?? options);
        _owners.Add(owner);
        return owner;
    }

    /// <summary>Takes a backup by the callbacks of an engine.</summary>
    public static async Task<byte[]> BackupAsync(CommandDataOwner owner, CancellationToken cancellationToken, int sectionBytes = 1 << 20)
    {
        _ = await owner.RecoverAsync(cancellationToken);
        await owner.AllSnapshotsSuppliedAsync(cancellationToken);
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, cancellationToken);
        using MemoryStream data = new();
        byte[] buffer = new byte[sectionBytes];
        SectionResult result;
        do
        {
            result = await owner.GetBackupDataSectionAsync(buffer, cancellationToken);
            data.Write(buffer, 0, result.Bytes);
        }
        while (!result.Finished);

        _ = await owner.TakeRemarksAsync(cancellationToken);
        return data.ToArray();
    }

    /// <summary>Stages and prepares a restore; gives its token.</summary>
    public static async Task<ReadOnlyMemory<byte>> PrepareAsync(CommandDataOwner owner, byte[] data, CancellationToken cancellationToken)
    {
        await owner.InitialiseRestoreBaseDataAsync(DriveNumber.C, cancellationToken);
        await owner.RestoreBaseDataSectionAsync(data, last: true, cancellationToken);
        return await owner.PrepareRestoreAsync(DriveNumber.C, cancellationToken);
    }

    /// <summary>A stream as a backup of these bytes stores it.</summary>
    public static byte[] Stored(byte[] content) => [.. content, .. System.Security.Cryptography.SHA256.HashData(content)];

    public async ValueTask DisposeAsync()
    {
        foreach (CommandDataOwner owner in _owners)
        {
            await owner.DisposeAsync();
        }

        System.IO.Directory.Delete(Root, recursive: true);
    }
}
