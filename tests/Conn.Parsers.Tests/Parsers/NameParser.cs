using System.Text;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>Names of sets, files and references, and recovery keys as text: nothing is thrown, whatever stands there.</summary>
internal sealed class NameParser : FuzzedParser
{
    public override string Name => "names";

    public override int MaxInputBytes => 4096;

    public override IReadOnlyList<byte[]> Examples()
    {
        SetId id = SetId.Parse("20261123T001122Z-6f3a9c01");
        byte[] reference = new byte[SectionReference.Bytes];
        new SectionReference(id, 1, 2, 64).Write(reference);
        string[] names = [RepositoryLayout.SetName(1, id), RepositoryLayout.SetFolder(12, id) + "/manifest", "tmp/" + id.Text + "/sums", "index.new", RecoveryText.Write(new byte[20])];
        return [reference, .. names.Select(Encoding.UTF8.GetBytes)];
    }

    public override void Parse(byte[] input)
    {
        string name = Encoding.UTF8.GetString(input);
        _ = SetId.TryParse(name, out _);
        if (RepositoryLayout.TryParseNumbered(name, out long number, out SetId id) && RepositoryLayout.SetName(number, id) != name)
        {
            throw new InvalidOperationException("A name is accepted that is not written so.");
        }

        _ = RepositoryLayout.LogicalName(name);
        _ = RepositoryLayout.IsClear(name);
        if (RecoveryText.TryRead(name, out byte[] secret) && !RecoveryText.TryRead(RecoveryText.Write(secret), out _))
        {
            throw new InvalidOperationException("A recovery key is accepted that cannot be written.");
        }

        byte[] exact = new byte[SectionReference.Bytes];
        input.AsSpan(0, Math.Min(exact.Length, input.Length)).CopyTo(exact);
        _ = SectionReference.TryRead(exact, out _);
    }

    public override bool IsRefusal(Exception exception) => false;
}
