using System.Text.Json;
using System.Text.Json.Serialization;
using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Repository;

namespace Conn.Hosting.Requests;

/// <summary>The forms of requests, progress and answers. Invariants: each enumeration in them has its converter here; and each member that has another default
/// than null makes it of null, because generated code sets null where the document of an older program has no such member.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    RespectNullableAnnotations = true,
    Converters =
    [
        typeof(CodeConverter), typeof(ModeConverter), typeof(WordConverter<BackupChoice>), typeof(WordConverter<DataOwnerStatus>),
        typeof(WordConverter<OperationOutcome>), typeof(WordConverter<OperationPhase>), typeof(WordConverter<OperationRefusal>),
        typeof(WordConverter<OwnerPolicy>), typeof(WordConverter<RepositoryFailure>),
    ])]
[JsonSerializable(typeof(BackupAsk))]
[JsonSerializable(typeof(BackupStatus))]
[JsonSerializable(typeof(OperationProgress))]
[JsonSerializable(typeof(PastOperation[]))]
[JsonSerializable(typeof(RequestAnswer))]
[JsonSerializable(typeof(RestoreAsk))]
internal sealed partial class RequestForms : JsonSerializerContext;
