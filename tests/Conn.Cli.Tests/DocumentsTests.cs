using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Conn.Cli.Output;
using Conn.Cli.Verbs;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The forms of JSON documents, which are made when the tool is compiled.</summary>
public sealed class DocumentsTests
{
    private static readonly JsonTypeInfo[] Forms = [.. typeof(Documents).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(static p => p.PropertyType.IsAssignableTo(typeof(JsonTypeInfo))).Select(static p => (JsonTypeInfo)p.GetValue(Documents.Default)!)];

    [Fact]
    public void Each_document_has_a_form_that_begins_with_its_version()
    {
        Type[] documents = [.. typeof(Document).Assembly.GetTypes().Where(static t => t.BaseType == typeof(Document))];
        Assert.NotEmpty(documents);
        Assert.All(documents, static d => Assert.Contains(Forms, f => f.Type == d));
        Assert.All(Forms.Where(static f => f.Type.BaseType == typeof(Document)), static f => Assert.Equal("schemaVersion", f.Properties.MinBy(static p => p.Order)!.Name));
    }

    [Fact]
    public void Each_enumeration_is_written_by_its_word()
    {
        JsonTypeInfo[] enumerations = [.. Forms.Where(static f => f.Type.IsEnum)];
        Assert.NotEmpty(enumerations);
        Assert.All(enumerations, static f => Assert.All(Enum.GetValues(f.Type).Cast<object>(),
            v => Assert.Equal($"\"{JsonNamingPolicy.CamelCase.ConvertName(v.ToString()!)}\"", JsonSerializer.Serialize(v, f))));
    }

    [Fact]
    public void A_document_has_these_bytes()
    {
        PropertyChangeDocument change = new(new DateTimeOffset(2026, 11, 30, 2, 0, 0, 120, TimeSpan.FromHours(1)), "a \"b\"", "Ä", JsonValue.Create("é\u200e+"), 7);
        Assert.Equal(
            """{"schemaVersion":1,"time":"2026-11-30T01:00:00.12Z","property":"a \"b\"","kind":"Ä","value":"é\u200e+","revision":7}""",
            JsonText.Line(change, Documents.Default.PropertyChangeDocument));
        Assert.Equal(
            "{\n  \"schemaVersion\": 1,\n  \"property\": \"p\",\n  \"value\": 7,\n  \"revision\": 1\n}",
            JsonText.Of(new PropertyDocument("p", JsonValue.Create(7), 1), Documents.Default.PropertyDocument));
        Assert.Equal(
            "{\n  \"schemaVersion\": 1,\n  \"outcome\": \"failed\",\n  \"sets\": 1,\n  \"sections\": 2,\n  \"bytes\": 3,\n  \"decoded\": true,\n  \"problems\": [],\n"
            + "  \"damaged\": [],\n  \"notes\": [],\n  \"checksums\": [\n    {\n      \"owner\": \"o\",\n      \"drive\": \"C\",\n      \"checksum\": \"0x1\"\n    },\n"
            + "    {\n      \"owner\": \"o\",\n      \"error\": \"InUse\",\n      \"message\": \"m\"\n    }\n  ]\n}",
            JsonText.Of(
                new VerifyDocument(
                    "failed", 1, 2, 3, true, [], [], [], [new("o") { Drive = "C", Checksum = "0x1" }, new("o") { Error = "InUse", Message = "m" }]),
                Documents.Default.VerifyDocument));
    }
}
