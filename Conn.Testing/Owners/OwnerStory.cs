namespace Conn.Testing.Owners;

/// <summary>Records in words what was done with an owner under test: every failure of a suite begins with it.</summary>
internal sealed class OwnerStory
{
    private const int MostSteps = 8;

    private readonly List<(string Step, int Times)> _steps = [];

    /// <summary>Gets or sets the operation that runs now, such as "a restore of a base"; empty between two operations.</summary>
    public string Doing { get; set; } = "";

    /// <summary>Gets or sets the rule that the test checks: one sentence, added to its failures; empty for none.</summary>
    public string Rule { get; set; } = "";

    /// <summary>Adds a step that was done.</summary>
    public void Did(string step)
    {
        Doing = "";
        if (_steps.Count > 0 && _steps[^1].Step == step)
        {
            _steps[^1] = (step, _steps[^1].Times + 1);
        }
        else
        {
            _steps.Add((step, 1));
        }
    }

    /// <summary>Makes the sentence of a failure.</summary>
    /// <param name="wrong">What is wrong, as the rest of a sentence without its full stop.</param>
    /// <returns>What was done, what is wrong, and the rule.</returns>
    public string Failure(string wrong) => $"{this}{(Doing.Length == 0 ? "" : $"in {Doing}, ")}{wrong}.{(Rule.Length == 0 ? "" : " " + Rule)}";

    /// <summary>"After a base, a change and an increment, ".</summary>
    public override string ToString()
    {
        string[] words = [.. _steps.TakeLast(MostSteps).Select(s => s.Times switch { 1 => s.Step, 2 => $"{s.Step} twice", _ => $"{s.Step} {s.Times} times" })];
        return words.Length switch
        {
            0 => "Before anything else, ",
            1 => $"After {words[0]}, ",
            _ => $"After {(_steps.Count > MostSteps ? $"{_steps.Count - MostSteps} other steps, " : "")}{string.Join(", ", words[..^1])} and {words[^1]}, ",
        };
    }
}
