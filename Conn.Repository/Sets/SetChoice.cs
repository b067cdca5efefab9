using System.Globalization;

namespace Conn.Repository.Sets;

/// <summary>Finds the set that a person names: by an id, a unique beginning of one, a sequence number, a day
/// (<c>2026-11-29</c>, for its newest set), <c>latest</c> or <c>latest~N</c>.</summary>
/// <param name="Sets">The sets of the repository.</param>
public sealed record SetChoice(SetList Sets)
{
    /// <summary>The word for the newest set.</summary>
    public const string Latest = "latest";

    private const string DayFormat = "yyyy-MM-dd";
    private const int ShortestPrefix = 4;
    private const int LeastSequenceDigits = 8;

    /// <summary>Gets which sets <c>latest</c> counts: those that hold the owners asked for. Default: all.</summary>
    public Func<BackupSet, bool> Holds { get; init; } = static _ => true;

    /// <summary>Gets the owners asked for, for messages; null, the default, if none were.</summary>
    public string? Asked { get; init; }

    /// <summary>Gets the time zone in which a day begins and ends. Default: that of this machine.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeProvider.System.LocalTimeZone;

    /// <summary>Gets what says which word was perhaps meant instead of an unknown one, for messages. Default: none.</summary>
    public Func<string, string?> Suggest { get; init; } = static _ => null;

    /// <summary>Says whether a name leaves the choice of the set to <see cref="Find"/>.</summary>
    /// <param name="name">The name; null means <c>latest</c>.</param>
    /// <returns>True for <c>latest</c> and <c>latest~N</c>.</returns>
    public static bool IsLatest(string? name) => name is null or Latest || name.StartsWith(Latest + "~", StringComparison.Ordinal);

    /// <summary>Says that the newest set was passed over, because it does not hold the owners asked for.</summary>
    /// <param name="name">The name; null means <c>latest</c>.</param>
    /// <param name="found">What <see cref="Find"/> found.</param>
    /// <returns>A sentence; null if it was not, or the set was named.</returns>
    public string? PassedOver(string? name, BackupSet found)
    {
        ArgumentNullException.ThrowIfNull(found);
        return Asked is null || !IsLatest(name) || Holds(Sets[^1]) ? null
            : $"The newest set, {Sets[^1].Id}, holds no {Asked}; set {found.Id} was taken, which does.";
    }

    /// <summary>Finds the set.</summary>
    /// <param name="name">The name; null means <c>latest</c>.</param>
    /// <returns>The set.</returns>
    /// <exception cref="RepositoryException">There is no such set, or it cannot be read.</exception>
    public BackupSet Find(string? name)
    {
        string id = FindId(name);
        return Sets.All.FirstOrDefault(s => s.Id.Text == id) ?? throw new RepositoryException(RepositoryFailure.Damaged,
            $"Set {id} cannot be read: {Sets.Problems.First(p => p.Set == id).What} Run conn verify, and choose another set.", id);
    }

    /// <summary>Finds the id of the set, also of one that cannot be read.</summary>
    /// <param name="name">The name; null means <c>latest</c>.</param>
    /// <returns>The text of the id.</returns>
    /// <exception cref="RepositoryException">There is no such set, or which one it is cannot be said.</exception>
    public string FindId(string? name)
    {
        name ??= Latest;
        if (IsLatest(name))
        {
            return FindLatest(name).Id.Text;
        }

        if (DateOnly.TryParseExact(name, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
        {
            return FindOfDay(day, name).Id.Text;
        }

        // An id is decimal digits and more; a number alone is a sequence number first.
        if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            && (Sets.All.FirstOrDefault(s => s.Sequence == sequence)?.Id.Text ?? Sets.Problems.FirstOrDefault(p => p.Sequence == sequence)?.Set) is { } numbered)
        {
            return numbered;
        }

        // A set's folder has its sequence number before the id.
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        if (dash >= LeastSequenceDigits && name[..dash].All(char.IsAsciiDigit) && SetId.TryParse(name[(dash + 1)..], out SetId inFolder))
        {
            name = inFolder.Text;
        }

        string[] found = name.Length < ShortestPrefix ? []
            : [.. Sets.All.Select(static s => s.Id.Text).Concat(Sets.Problems.Select(static p => p.Set).Where(static p => SetId.TryParse(p, out _))).Distinct()
                .Where(i => i.StartsWith(name, StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw NoSuchSet($"The repository holds no set {name}{Hint(name)}; conn list shows those it holds, and a day, for example 2026-11-29, is its newest set.", name),
            _ => throw NoSuchSet(
                $"{found.Length} sets begin with {name}, the first of them {found[0]} and {found[1]}; write more of the id.", name),
        };
    }

    private string Hint(string name)
    {
        // A number of one or two digits is meant as a sequence number; an id begins with a year.
        bool isNumber = name.Length < ShortestPrefix - 1 && name.All(char.IsAsciiDigit);
        bool isBeginning = name.Length < ShortestPrefix && name.All(char.IsAsciiLetterOrDigit) && !isNumber;
        return Suggest(name.Split('~')[0]) is { } meant ? $" (did you mean {meant}?)"
            : isBeginning ? $" (the beginning of an id needs {ShortestPrefix} characters or more)" : "";
    }

    private BackupSet FindLatest(string name)
    {
        int back = 0;
        if (name != Latest && !int.TryParse(name[(Latest.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out back))
        {
            throw NoSuchSet($"'{name}' is no set; latest~1 is the one before the latest.", name);
        }

        BackupSet[] holding = [.. Sets.Where(Holds)];
        BackupSet? found = back < holding.Length ? holding[^(back + 1)] : null;

        // A set that cannot be read may be the one: going back to an older one is for the user to say.
        if (Sets.Problems.FirstOrDefault(p => found is null || p.Sequence > found.Sequence) is { } problem)
        {
            throw new RepositoryException(RepositoryFailure.Damaged,
                $"Which set is {name} cannot be said: {problem.Set}: {problem.What} Run conn verify, and name a set by its id (conn list).", problem.Set);
        }

        return found ?? throw (Sets.Count == 0 ? NoSuchSet("The repository holds no set yet; run conn backup first.", name)
            : Asked is null ? NoSuchSet($"The repository holds {Sets.Count} set{(Sets.Count == 1 ? "" : "s")}, so there is no {name}.", name)
            : new RepositoryException(RepositoryFailure.NoSuchOwner,
                $"{(holding.Length == 0 ? "No set" : $"No {name}")} in the repository holds {Asked}; conn list shows what its sets hold."));
    }

    private BackupSet FindOfDay(DateOnly day, string name)
    {
        BackupSet? found = Sets.Where(Holds).LastOrDefault(s => DayOf(s) == day);
        BackupSet? before = Sets.Where(Holds).LastOrDefault(s => DayOf(s) < day);
        BackupSet? after = Sets.FirstOrDefault(s => DayOf(s) > day);
        string of = Asked is null ? "" : $" with {Asked}";

        // As for the latest: a set that cannot be read may be the one.
        return Sets.Problems.FirstOrDefault(p => p.Sequence > (found ?? before)?.Sequence && !(p.Sequence > after?.Sequence)) is { } problem
            ? throw new RepositoryException(RepositoryFailure.Damaged,
                $"Which set is that of {name} cannot be said: {problem.Set}: {problem.What} Run conn verify, and name a set by its id (conn list).", problem.Set)
            : found ?? throw NoSuchSet($"The repository holds no set of {name}{of}; "
                + (before is null ? "conn list shows those it holds." : $"the newest one before it{of} is {before.Id}, of {DayOf(before).ToString(DayFormat, CultureInfo.InvariantCulture)}."), name);
    }

    private DateOnly DayOf(BackupSet set) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(set.Time, Zone).DateTime);

    private static RepositoryException NoSuchSet(string message, string name) => new(RepositoryFailure.NoSuchSet, message, name);
}
