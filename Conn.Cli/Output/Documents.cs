using System.Text.Json.Serialization;
using Conn.Cli.Daemon;
using Conn.Cli.Demo;
using Conn.Cli.Doctor;
using Conn.Cli.Verbs;
using Conn.Repository.Retention;
using Conn.Repository.Sets;

namespace Conn.Cli.Output;

/// <summary>The forms of all JSON documents that are records. Invariant: each enumeration in them has its converter here.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters =
    [
        typeof(TimeConverter), typeof(WordConverter<FindingLevel>), typeof(WordConverter<PartOutcome>), typeof(WordConverter<PartType>),
        typeof(WordConverter<ReadBack>), typeof(WordConverter<RetentionRule>), typeof(WordConverter<SetOutcome>), typeof(WordConverter<SetType>),
    ])]
[JsonSerializable(typeof(AbortDocument))]
[JsonSerializable(typeof(DemoDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(ForgetDocument))]
[JsonSerializable(typeof(HealthDocument))]
[JsonSerializable(typeof(HistoryDocument))]
[JsonSerializable(typeof(HoldDocument))]
[JsonSerializable(typeof(InitDocument))]
[JsonSerializable(typeof(KeyChangeDocument))]
[JsonSerializable(typeof(KeysDocument))]
[JsonSerializable(typeof(ListDocument))]
[JsonSerializable(typeof(LsDocument))]
[JsonSerializable(typeof(ModeDocument))]
[JsonSerializable(typeof(OwnersDocument))]
[JsonSerializable(typeof(PropertyChangeDocument))]
[JsonSerializable(typeof(PropertyDocument))]
[JsonSerializable(typeof(PruneDocument))]
[JsonSerializable(typeof(ReleaseDocument))]
[JsonSerializable(typeof(ShowDocument))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(UndoDocument))]
[JsonSerializable(typeof(VerifyDocument))]
internal sealed partial class Documents : JsonSerializerContext;
