using System.Text;
using System.Text.Json;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>What a run of the tool ended with.</summary>
internal sealed record ToolResult(string[] Args, int ExitCode, string Output, string Errors)
{
    /// <summary>Fails unless stdout is exactly one JSON object of version 1; gives it.</summary>
    public JsonElement Json
    {
        get
        {
            Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(Output.TrimEnd('\n')));
            JsonDocument document;
            try
            {
                document = JsonDocument.ParseValue(ref reader);
            }
            catch (JsonException e)
            {
                throw new Xunit.Sdk.XunitException($"stdout is not JSON ({e.Message}): {this}");
            }

            Assert.True(!reader.Read(), $"More than one JSON value: {this}");
            Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
            Assert.Equal(1, document.RootElement.GetProperty("schemaVersion").GetInt32());
            return document.RootElement;
        }
    }

    /// <summary>Fails with everything that was said unless the run ended with this code.</summary>
    public ToolResult Ends(int code)
    {
        Assert.True(ExitCode == code, $"Expected exit code {code}. {this}");
        return this;
    }

    /// <summary>Fails unless the run ended with this code and its one error line says each of these.</summary>
    public ToolResult Fails(int code, params string[] says)
    {
        Ends(code);
        string[] lines = [.. Errors.Split('\n').Where(l => l.StartsWith("conn: ", StringComparison.Ordinal))];
        string line = Assert.Single(lines);
        Assert.DoesNotContain("defect", line, StringComparison.Ordinal);
        Assert.All(says, s => Assert.Contains(s, line, StringComparison.Ordinal));
        return this;
    }

    /// <summary>Fails if a message says this.</summary>
    public ToolResult SaysNo(string text)
    {
        Assert.False(Errors.Contains(text, StringComparison.Ordinal), $"Expected no '{text}'. {this}");
        return this;
    }

    public override string ToString() => $"conn {string.Join(' ', Args)}\nended with {ExitCode}\nstdout: {Output}\nstderr: {Errors}";
}
