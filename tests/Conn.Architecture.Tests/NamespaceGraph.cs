using System.Text.RegularExpressions;

namespace Conn.Architecture.Tests;

/// <summary>Which namespaces of a project use which: by their using directives, and by the names of types of an enclosing namespace, which need no
/// directive.</summary>
internal sealed partial class NamespaceGraph
{
    private readonly Dictionary<string, HashSet<string>> _uses = [];
    private readonly Dictionary<(string From, string To), string> _examples = [];

    public static NamespaceGraph Of(string project)
    {
        NamespaceGraph graph = new();
        List<(string File, string Namespace, string Text)> sources = [.. SourceTree.Sources("*.cs", project).Select(Read).Where(s => s.Namespace.Length > 0)];
        ILookup<string, string> types = sources.ToLookup(s => s.Namespace, s => Path.GetFileNameWithoutExtension(s.File));
        foreach ((string file, string own, string text) in sources)
        {
            IEnumerable<string> named = Using().Matches(text).Select(m => m.Groups["name"].Value)
                .Select(n => types.Contains(n) ? n : types.Select(t => t.Key).Where(t => n.StartsWith(t + ".", StringComparison.Ordinal)).MaxBy(t => t.Length) ?? "");
            HashSet<string> words = [.. Word().Matches(text).Select(m => m.Value)];
            IEnumerable<string> enclosing = types.Where(t => own.StartsWith(t.Key + ".", StringComparison.Ordinal) && t.Any(words.Contains)).Select(t => t.Key);
            // The root namespace is the project's public face: its types are used below, and its entry points use what is below.
            foreach (string used in named.Concat(enclosing).Where(n => n.Length > 0 && n != own && n != project && own != project))
            {
                graph.Add(own, used, Path.GetFileName(file));
            }
        }

        return graph;
    }

    /// <summary>The uses that close a cycle, each with a file that has it; empty when there is none.</summary>
    public IReadOnlyList<string> Cyclic()
    {
        Dictionary<string, HashSet<string>> left = _uses.ToDictionary(u => u.Key, u => u.Value.ToHashSet());
        while (left.FirstOrDefault(n => !n.Value.Any(left.ContainsKey) || !left.Any(o => o.Value.Contains(n.Key))).Key is { } free)
        {
            left.Remove(free);
        }

        return [.. _examples.Where(e => left.TryGetValue(e.Key.From, out HashSet<string>? to) && to.Contains(e.Key.To) && left.ContainsKey(e.Key.To))
            .Select(e => $"{e.Key.From} uses {e.Key.To}, for example in {e.Value}")];
    }

    private static (string File, string Namespace, string Text) Read(string file)
    {
        string text = Comment().Replace(File.ReadAllText(file), "");
        return (file, Namespace().Match(text).Groups["name"].Value, text);
    }

    private void Add(string from, string to, string file)
    {
        if (!_uses.TryGetValue(from, out HashSet<string>? used))
        {
            _uses[from] = used = [];
        }

        used.Add(to);
        _examples.TryAdd((from, to), file);
    }

    [GeneratedRegex(@"//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?(?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Using();

    [GeneratedRegex(@"\b[A-Z]\w*\b")]
    private static partial Regex Word();
}
