using System.Text;
using Conn.DataOwners.Directory;
using CsCheck;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

public sealed class RawPathTests
{
    [Fact]
    public void Paths_are_ordered_name_by_name() =>
        Gen.Select(Gen.String[Gen.Char["ab./-"], 0, 8], Gen.String[Gen.Char["ab./-"], 0, 8]).Sample((left, right) =>
        {
            byte[] a = Encoding.ASCII.GetBytes(left);
            byte[] b = Encoding.ASCII.GetBytes(right);
            Assert.Equal(Math.Sign(ByNames(left, right)), Math.Sign(RawPath.Compare(a, b)));
        });

    [Theory]
    [InlineData("a", true)]
    [InlineData("a/b.c/..d", true)]
    [InlineData("", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a//b", false)]
    [InlineData(".", false)]
    [InlineData("a/..", false)]
    [InlineData("../a", false)]
    [InlineData("a\0b", false)]
    public void Only_plain_names_are_legal(string path, bool legal) => Assert.Equal(legal, RawPath.IsLegal(Encoding.ASCII.GetBytes(path)));

    [Fact]
    public void What_is_no_text_is_shown_as_bytes() => Assert.Equal(@"a\xff\x0ab/é", RawPath.Display([(byte)'a', 0xFF, 10, (byte)'b', (byte)'/', 0xC3, 0xA9]));

    private static int ByNames(string left, string right)
    {
        string[] a = left.Split('/');
        string[] b = right.Split('/');
        for (int i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            int order = string.CompareOrdinal(a[i], b[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return a.Length.CompareTo(b.Length);
    }
}
