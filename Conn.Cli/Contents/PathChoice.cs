using System.Text;
using Conn.ActiveBackup.Content;
using Conn.Cli.Output;
using Conn.Cli.Usage;

namespace Conn.Cli.Contents;

/// <summary>Paths of an owner's content as a user wrote them, found in its list. What a terminal cannot show is written as the tool shows it.</summary>
internal sealed class PathChoice
{
    private const int MostNeighbours = 200;
    private readonly ContentEntry[] _found;

    private PathChoice(ContentEntry[] found) => _found = found;

    /// <summary>Gets the entries that were named.</summary>
    public IReadOnlyList<ContentEntry> Found => _found;

    /// <summary>Finds every path; the empty one is the owner's own folder.</summary>
    /// <exception cref="ConnException">NotFound: there is no such path; the nearest name in its folder is in the message.</exception>
    public static async Task<PathChoice> FindAsync(StoredOwner owner, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        Sought[] sought = [.. paths.Select(static p => new Sought(p))];
        await foreach (ContentEntry entry in owner.ListAsync(cancellationToken))
        {
            bool isOver = true;
            foreach (Sought one in sought)
            {
                one.Look(entry);
                isOver &= one.IsExact;
            }

            if (isOver)
            {
                break;
            }
        }

        return new PathChoice([.. sought.Select(s => s.Found ?? throw s.Missing(owner))]);
    }

    /// <summary>Says whether an entry was named, or is below one that was.</summary>
    public bool Holds(ContentEntry entry)
    {
        foreach (ContentEntry one in _found)
        {
            if (entry.Path.Span.SequenceEqual(one.Path.Span) || ContentOrder.IsBelow(entry.Path.Span, one.Path.Span))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Says whether an entry is a folder on the way to one that was named.</summary>
    public bool LeadsTo(ContentEntry entry)
    {
        foreach (ContentEntry one in entry.Kind == ContentKind.Folder ? _found : [])
        {
            if (ContentOrder.IsBelow(one.Path.Span, entry.Path.Span))
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Sought(string text)
    {
        private readonly string _asked = text;
        private readonly string _text = Trim(text);
        private readonly byte[] _path = Encoding.UTF8.GetBytes(Trim(text));
        private readonly List<string> _neighbours = [];

        public ContentEntry? Found { get; private set; }

        /// <summary>Gets whether no other entry can be meant.</summary>
        public bool IsExact { get; private set; }

        public void Look(ContentEntry entry)
        {
            ReadOnlySpan<byte> path = entry.Path.Span;
            if (path.SequenceEqual(_path))
            {
                (Found, IsExact) = (entry, true);
                return;
            }

            // Only what is shown with an escape can be meant by another text than its own.
            if (Found is null && _text.Contains('\\', StringComparison.Ordinal) && (entry.Text == _text || PrintableText.Of(entry.Text) == _text))
            {
                Found = entry;
            }

            int parent = _path.AsSpan().LastIndexOf((byte)'/');
            if (!IsExact && _neighbours.Count < MostNeighbours && path.LastIndexOf((byte)'/') == parent && path.Length > 0
                && path[..Math.Max(parent, 0)].SequenceEqual(_path.AsSpan(0, Math.Max(parent, 0))))
            {
                _neighbours.Add(ContentText.Of(path[(parent + 1)..]));
            }
        }

        public ConnException Missing(StoredOwner owner)
        {
            if (SourceHint.Inner(owner.Part, _asked) is { } inner)
            {
                string meant = inner.Length > 0 ? $"; did you mean {inner}?" : "; leave the path out for all that it holds.";
                return new ConnException(ErrorCode.NotFound,
                    $"Set {owner.Part.Set} holds no '{_asked}' of owner {owner.Part.Name}: paths begin in the owner's folder{meant}");
            }

            int slash = _text.LastIndexOf('/');
            string? near = Nearest.Of(_text[(slash + 1)..], _neighbours);
            return new ConnException(ErrorCode.NotFound, $"Set {owner.Part.Set} holds no '{_text}' of owner {owner.Part.Name}"
                + (near is null ? $"; conn ls {owner.Part.Set} {owner.Part.Name} shows what it holds." : $"; did you mean {_text[..(slash + 1)]}{near}?"));
        }

        private static string Trim(string text) => text.StartsWith("./", StringComparison.Ordinal) ? Trim(text[2..]) : text is "." ? "" : text.Trim('/');
    }
}
