using System.Globalization;
using Conn.ActiveBackup;

namespace Conn.Cli.Tests.Running;

/// <summary>The owner of one file that refuses restores as long as there is a file with its reason: a code on the first line, a sentence on the
/// second one.</summary>
internal sealed class RefusingOwner(string name, string path) : StagedFileOwner(name, path), IRestorePlan
{
    /// <summary>The file of the reason of an owner.</summary>
    public static string ReasonOf(string path) => path + ".refuses";

    public static Task RefuseAsync(string path, ErrorCode code, string sentence) =>
        File.WriteAllTextAsync(ReasonOf(path), string.Create(CultureInfo.InvariantCulture, $"{code.Value}\n{sentence}"));

    async ValueTask IRestorePlan.PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken)
    {
        if (File.Exists(ReasonOf(FilePath)))
        {
            string[] reason = await File.ReadAllLinesAsync(ReasonOf(FilePath), cancellationToken);
            throw new ConnException(new ErrorCode(int.Parse(reason[0], CultureInfo.InvariantCulture)), reason[1]);
        }

        await PlanRestoreAsync(drive, expectedBytes, cancellationToken);
    }
}
