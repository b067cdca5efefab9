using System.Text;
using Conn.Cli;
using Conn.Cli.Owners;
using Conn.Parsers.Tests.Mutation;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>The configuration of the tool and the daemon.</summary>
internal sealed class ConfigurationParser : FuzzedParser
{
    public override string Name => "configuration";

    public override IMutator Structure { get; } = new JsonMutator();

    public override int MaxInputBytes => 16 << 10;

    public override IReadOnlyList<byte[]> Examples() =>
    [
        .. new[]
        {
            """
            {
              "$schema": "conn.schema.json", "repository": "/mnt/backup", "key": { "passphraseFile": "secret" },
              "owners": [
                { "name": "notes", "kind": "directory", "path": "notes", "exclude": ["*.tmp", "!/keep[a-c]"], "excludeCaches": true, "noProgressSeconds": 120, "chain": { "increments": 3 } },
                { "name": "media", "kind": "directory", "drives": { "C": "media/pictures", "E": "media/films" }, "sid": "0x2000A001", "numericIds": true, "crossMounts": false },
                { "name": "ledger", "kind": "sqlite", "path": "ledger.db", "restoreAfter": ["notes"], "bestEffort": true },
                { "name": "shop", "kind": "command",
                  "command": { "program": "/etc/conn/postgresql.sh", "arguments": ["a"], "environment": { "PGDATABASE": "shop" }, "plan": true, "stageSeconds": 7200, "killSeconds": 2 } },
                { "name": "cache", "kind": "remote", "increments": true }
              ],
              "timeouts": { "noProgressSeconds": 60, "readinessSeconds": 60, "leaseSeconds": 90 }
            }
            """,
            """
            { "owners": [ { "name": "a", "kind": "directory", "path": "a" }, { "name": "cache", "kind": "remote" } ],
              "schedule": { "times": ["0 2 * * *"], "timeZone": "UTC" }, "socket": { "path": "conn.sock", "group": "root" }, "http": { "port": 9187 },
              "notify": [ { "on": ["failure"], "command": ["/bin/sh", "-c", "true"] } ],
              "identities": [ { "user": "root", "owners": ["cache"], "capabilities": ["ReadDeviceData"], "mayRequest": true, "maxConnections": 3 } ], "retention": { "keepDaily": 7, "keepWithin": "36h", "grace": "7d" } }
            """,
            "{ /* nothing */ }",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public override void Parse(byte[] input)
    {
        string file = Path.Combine(ScratchFolder.Of(Name), "conn.json");
        File.WriteAllBytes(file, input);
        _ = ConfigurationFile.Read(file);
    }

    public override bool IsRefusal(Exception exception) => exception is UsageException;
}
