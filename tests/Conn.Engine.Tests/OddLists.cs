using System.Collections;

namespace Conn.Engine.Tests;

/// <summary>Lists that no owner may return.</summary>
internal static class OddLists
{
    /// <summary>Lists that an owner returns although it must not, and the code that its part fails with.</summary>
    public static readonly Dictionary<string, (Func<IReadOnlyList<string>> Make, int Code)> All = new()
    {
        ["null"] = (() => null!, -38),
        ["with null"] = (() => ["fine", null!], -38),
        ["throws at once"] = (() => throw new InvalidOperationException("no list"), -2),
        ["throws while walked"] = (() => new ThrowingList(), -2),
        ["too many"] = (() => [.. Enumerable.Range(0, 30_000).Select(i => $"remark {i}")], 0),
        ["endless"] = (() => new EndlessList(), 0),
        ["too long"] = (() => [new string('x', 100_000)], 0),
        ["half a character"] = (() => ["\uD800", "\uDC00 and more", "a\uD83D"], 0),
        ["empty text"] = (() => ["", "\0", "\r\n"], 0),
    };

    private sealed class ThrowingList : IReadOnlyList<string>
    {
        public int Count => 2;

        public string this[int index] => index == 0 ? "fine" : throw new InvalidOperationException("walked too far");

        public IEnumerator<string> GetEnumerator()
        {
            yield return this[0];
            yield return this[1];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class EndlessList : IReadOnlyList<string>
    {
        public int Count => throw new InvalidOperationException("too many to count");

        public string this[int index] => "and so on";

        public IEnumerator<string> GetEnumerator()
        {
            while (true)
            {
                yield return "and so on";
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
