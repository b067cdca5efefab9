using Conn.DataOwners.Command;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>What the program of a command owner writes: its last lines, and the hash behind its data. The first byte of an input says how it is cut.</summary>
internal sealed class CommandOutputParser : FuzzedParser
{
    private const int LongestMessage = 2000;

    public override string Name => "command-output";

    public override IReadOnlyList<byte[]> Examples() =>
        [[0, .. "pg_dump: error: no such database\n\nsee the log\r\n"u8], [7, .. "data"u8, .. System.Security.Cryptography.SHA256.HashData("data"u8)], [1]];

    public override void Parse(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        LastLines lines = new();
        lines.Add(input);
        string message = lines.ToString();
        if (message.Length > LongestMessage || message.Any(char.IsControl))
        {
            throw new InvalidOperationException("The last lines are too long, or hold control characters.");
        }

        using TrailerCheck check = new(System.Security.Cryptography.SHA256.HashSizeInBytes);
        foreach ((ReadOnlyMemory<byte> section, bool _) in Cuts.Of(input[1..], input[0]))
        {
            _ = check.Take(section);
        }

        check.End();
    }

    public override bool IsRefusal(Exception exception) => exception is ConnException refusal && refusal.Code == ErrorCode.Corrupt;
}
