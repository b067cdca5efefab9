using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Hosting.Requests;
using Conn.PubSub;
using Conn.Repository;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>The documents that two programs exchange, of which one may be older: their bytes, and what a member is that is not given.</summary>
public sealed class RequestFormsTests
{
    [Fact]
    public void A_member_that_is_not_given_has_its_default()
    {
        BackupAsk backup = RequestJson.Read("{}", RequestForms.Default.BackupAsk);
        Assert.Equal((null, BackupChoice.Auto, false, false), (backup.Owners, backup.Choice, backup.CopyOnly, backup.PlanOnly));
        Assert.Empty(backup.Tags);
        Assert.Equal(new RestoreAsk(), RequestJson.Read("{}", RequestForms.Default.RestoreAsk));
        Assert.Equal(new RequestAnswer(), RequestJson.Read("{}", RequestForms.Default.RequestAnswer));
        Assert.Equal(default, RequestJson.Read("{}", RequestForms.Default.OperationProgress));

        BackupStatus status = RequestJson.Read("""{"mode":0,"owners":[{"name":"notes","readiness":"ready"}],"unknown":1}""", RequestForms.Default.BackupStatus);
        Assert.Equal(("", 0, 0), (status.Repository, status.Refused.Count, status.Schedule.Count));
        Assert.Equal(new OwnerStatus { Name = "notes", Readiness = DataOwnerStatus.Ready }, status.Owners[0]);
    }

    [Theory]
    [InlineData("""{"tags":null}""")]
    [InlineData("""{"choice":1}""")]
    [InlineData("""{"choice":"other"}""")]
    [InlineData("null")]
    [InlineData("[]")]
    public void What_is_no_document_is_refused(string text) =>
        Assert.Equal(ErrorCode.Argument, Assert.Throws<ConnException>(() => RequestJson.Read(text, RequestForms.Default.BackupAsk)).Code);

    [Fact]
    public void A_status_without_its_mode_is_refused() =>
        Assert.Contains("mode", Assert.Throws<ConnException>(() => RequestJson.Read("""{"owners":[]}""", RequestForms.Default.BackupStatus)).Message, StringComparison.Ordinal);

    [Fact]
    public void Documents_have_these_bytes()
    {
        Assert.Equal(
            """{"document":null,"message":"no\u00E9","code":"InUse","refusal":null,"failure":"noSuchOwner","set":"s"}""",
            RequestJson.Write(
                new RequestAnswer { Message = "noé", Code = ErrorCode.InUse, Failure = RepositoryFailure.NoSuchOwner, Set = "s" }, RequestForms.Default.RequestAnswer));
        Assert.Equal(
            """{"owners":["a"],"choice":"base","copyOnly":true,"tags":["t"],"planOnly":false}""",
            RequestJson.Write(new BackupAsk { Owners = ["a"], Choice = BackupChoice.Base, CopyOnly = true, Tags = ["t"] }, RequestForms.Default.BackupAsk));
        Assert.Equal(
            """{"set":"latest","owners":null,"allowOtherSource":false,"planOnly":true}""",
            RequestJson.Write(new RestoreAsk { Set = "latest", PlanOnly = true }, RequestForms.Default.RestoreAsk));
        Assert.Equal(
            """{"phase":"ownerFailed","owner":"a","bytes":1,"expectedBytes":-1,"error":"InUse"}""",
            RequestJson.Write(new OperationProgress(OperationPhase.OwnerFailed, "a", 1, -1) { Error = ErrorCode.InUse }, RequestForms.Default.OperationProgress));
        PastOperation operation = new() { Kind = "backup", Holder = "h", Began = DateTimeOffset.UnixEpoch, Outcome = OperationOutcome.Partial };
        const string Operation =
            """{"kind":"backup","holder":"h","began":"1970-01-01T00:00:00+00:00","ended":null,"outcome":"partial","set":null,"error":null}""";
        Assert.Equal($"[{Operation}]", RequestJson.Write([operation], RequestForms.Default.PastOperationArray));
        Assert.Equal(
            """{"mode":0,"owners":[{"name":"a","sid":"","where":"","policy":"bestEffort","source":"","readiness":"notConnected","error":"""
            + """ "Success","errorText":null,"lastGoodSet":null,"lastGood":null}],"refused":[{"name":null,"sid":"1","where":"w","reason":"r"}],""".Trim()
            + $$""" "repository":"","repositoryError":null,"repositoryFailure":null,"operation":{{Operation}},"schedule":[],"timeZone":null,"nextBackup":null}""".Trim(),
            RequestJson.Write(
                new BackupStatus
                {
                    Mode = BurMode.FromValue(0), Operation = operation, Refused = [new RefusedOwner { Sid = "1", Where = "w", Reason = "r" }],
                    Owners = [new OwnerStatus { Name = "a", Policy = OwnerPolicy.BestEffort, Readiness = DataOwnerStatus.NotConnected }],
                },
                RequestForms.Default.BackupStatus));
    }

    [Fact]
    public void Each_enumeration_is_written_by_its_word()
    {
        JsonTypeInfo[] forms = [.. typeof(RequestForms).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static p => p.PropertyType.IsAssignableTo(typeof(JsonTypeInfo))).Select(static p => (JsonTypeInfo)p.GetValue(RequestForms.Default)!)];
        // Those of the bus are parts of a mode, which is written by its number.
        JsonTypeInfo[] enumerations = [.. forms.Where(static f => f.Type.IsEnum && f.Type.Namespace != typeof(BurMode).Namespace)];
        Assert.NotEmpty(enumerations);
        Assert.All(enumerations, static f => Assert.Equal(JsonValueKind.String, JsonSerializer.SerializeToElement(Enum.GetValues(f.Type).GetValue(0), f).ValueKind));
    }
}
