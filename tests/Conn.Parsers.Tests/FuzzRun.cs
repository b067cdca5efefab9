using System.Runtime.CompilerServices;
using Conn.Parsers.Tests.Mutation;

namespace Conn.Parsers.Tests;

/// <summary>
/// Fuzzes one parser. An input that takes a branch that none took before, or takes one much more often, is kept and changed further. The same seed gives the same
/// inputs, as long as the parser takes the same branches.
/// </summary>
internal sealed class FuzzRun : IDisposable
{
    private const int ProgressAt = 64;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Hangs = TimeSpan.FromSeconds(180);
    private readonly Random _random;
    private readonly ByteMutator _bytes;
    private readonly byte[] _seen = new byte[Instrumentation.MapBytes];
    private readonly List<byte[]> _kept = [];
    private readonly HashSet<string> _known = [];
    private readonly ITimer _watch;
    private byte[] _current = [];

    public FuzzRun(FuzzedParser parser, int seed)
    {
        Parser = parser;
        _random = new Random(seed);
        _bytes = new ByteMutator(parser.MaxInputBytes);
        _watch = TimeProvider.System.CreateTimer(_ => End(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (byte[] example in parser.Examples())
        {
            Add(example);
        }
    }

    public FuzzedParser Parser { get; }

    /// <summary>Gets how many inputs were parsed.</summary>
    public long Executions { get; private set; }

    /// <summary>Gets how many inputs were parsed and not refused.</summary>
    public long Accepted { get; private set; }

    /// <summary>Gets how many branches, as pairs of what comes after what, were taken.</summary>
    public int Branches { get; private set; }

    /// <summary>Gets the most bytes that one call allocated.</summary>
    public long MostAllocated { get; private set; }

    /// <summary>Gets why an input was refused last.</summary>
    public string? LastRefusal { get; private set; }

    /// <summary>Gets what escaped, each kind once: the exception and the name of the file with the input.</summary>
    public List<string> Escapes { get; } = [];

    /// <summary>Gets the inputs that were kept.</summary>
    public IReadOnlyList<byte[]> Kept => _kept;

    /// <summary>Adds an input as it is.</summary>
    public void Add(byte[] input)
    {
        if (!Execute(input))
        {
            _kept.Add(input);
        }
    }

    public void Run(TimeSpan time)
    {
        long begin = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(begin) < time)
        {
            Run(ProgressAt);
        }
    }

    public void Run(int executions)
    {
        for (; executions > 0; executions--)
        {
            byte[] from = _kept[_random.Next(2) == 0 ? _random.Next(_kept.Count) : _random.Next(_kept.Count * 3 / 4, _kept.Count)];
            byte[] other = _kept[_random.Next(_kept.Count)];
            IMutator mutator = Parser.Structure is { } structure && _random.Next(4) > 0 ? structure : _bytes;
            byte[] input = mutator.Mutate(from, other, _random);
            if (_random.Next(16) == 0)
            {
                input = _bytes.Mutate(input, other, _random);
            }

            Execute(input.Length <= Parser.MaxInputBytes ? input : input[..Parser.MaxInputBytes]);
        }
    }

    public void Dispose() => _watch.Dispose();

    /// <returns>Whether the input was kept.</returns>
    private bool Execute(byte[] input)
    {
        _current = input;
        _ = _watch.Change(Hangs, Timeout.InfiniteTimeSpan);
        Instrumentation.Clear();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long begin = TimeProvider.System.GetTimestamp();
        try
        {
            Parser.Parse(input);
            Accepted++;
        }
        catch (Exception exception) when (Parser.IsRefusal(exception))
        {
            LastRefusal = exception.Message;
        }
        catch (Exception exception)
        {
            Escaped(exception.ToString(), $"{exception.GetType().Name} {exception.StackTrace?.Split('\n').FirstOrDefault(static l => l.Contains(" Conn.", StringComparison.Ordinal))}");
        }

        TimeSpan took = TimeProvider.System.GetElapsedTime(begin);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        _ = _watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Executions++;
        MostAllocated = Math.Max(MostAllocated, allocated);
        if (allocated > Parser.MaxAllocatedBytes)
        {
            Escaped($"It allocated {allocated} bytes.", "memory");
        }

        if (took > Longest)
        {
            Escaped($"It took {took}.", "time");
        }

        bool isNew = TakeNew();
        if (isNew)
        {
            _kept.Add(input);
        }

        return isNew;
    }

    private void Escaped(string what, string kind)
    {
        if (_known.Add(kind) && _known.Count < ProgressAt)
        {
            Escapes.Add($"{Save("escape")}: {what}");
        }
    }

    // How often counts in steps, as afl-fuzz counts: 1, 2, 3, 4, 8, 16, 32, 128.
    private bool TakeNew()
    {
        bool isNew = false;
        Span<byte> map = Instrumentation.Map;
        for (int at = 0; at < map.Length && (at = IndexOfTaken(map, at)) >= 0; at++)
        {
            byte step = map[at] switch { 1 => 1, 2 => 2, 3 => 4, < 8 => 8, < 16 => 16, < 32 => 32, < 128 => 64, _ => 128 };
            if ((_seen[at] & step) == 0)
            {
                Branches += _seen[at] == 0 ? 1 : 0;
                _seen[at] |= step;
                isNew = true;
            }
        }

        return isNew;
    }

    private static int IndexOfTaken(Span<byte> map, int from)
    {
        int at = map[from..].IndexOfAnyExcept((byte)0);
        return at < 0 ? -1 : from + at;
    }

    private string Save(string kind)
    {
        string folder = Environment.GetEnvironmentVariable("CONN_FUZZ_FOUND") ?? Path.Combine(Path.GetTempPath(), "conn-fuzz-found");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{Parser.Name}-{kind}-{Convert.ToHexStringLower(System.IO.Hashing.XxHash64.Hash(_current))}");
        File.WriteAllBytes(path, _current);
        return path;
    }

    // A parser that does not return cannot be stopped otherwise.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void End() => Environment.FailFast($"{Parser.Name} did not return for {Hangs}; the input is {Save("hang")}.");
}
