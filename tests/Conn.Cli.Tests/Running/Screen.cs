using System.Globalization;
using System.Text;

namespace Conn.Cli.Tests.Running;

/// <summary>What a terminal of a given size shows: the few control sequences that the tool uses, and nothing else. An unknown one fails the test.</summary>
internal sealed class Screen(int rows, int columns)
{
    private readonly List<StringBuilder> _lines = [new()];
    private int _row;
    private int _column;

    /// <summary>Gets how often the cursor went back to the start of its line or up, which only a line that is redrawn needs.</summary>
    public int Redrawn { get; private set; }

    /// <summary>Gets whether a colour was set.</summary>
    public bool IsColoured { get; private set; }

    /// <summary>Gets what did not fit into a line.</summary>
    public string? Overlong { get; private set; }

    /// <summary>Gets the lines that are shown or were scrolled out at the top, without the spaces at their ends.</summary>
    public string[] Lines => [.. _lines.Select(static l => l.ToString().TrimEnd())];

    public void Write(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            i = text[i] == '\u001b' ? Sequence(text, i + 1) : Plain(text, i);
        }
    }

    private int Plain(string text, int at)
    {
        switch (text[at])
        {
            case '\r':
                Redrawn += _column > 0 && at + 1 < text.Length && text[at + 1] != '\n' ? 1 : 0;
                _column = 0;
                break;
            case '\n':
                Down();
                break;
            default:
                Put(text[at]);
                break;
        }

        return at;
    }

    private int Sequence(string text, int at)
    {
        if (text[at] != '[')
        {
            // Keypad modes: ESC = and ESC >.
            return text[at] is '=' or '>' ? at : throw new InvalidOperationException($"Unknown sequence ESC {text[at]}");
        }

        int end = at + 1;
        while (!char.IsAsciiLetter(text[end]))
        {
            end++;
        }

        string parameter = text[(at + 1)..end];
        int number = int.TryParse(parameter, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0;
        switch (text[end])
        {
            case 'A':
                Redrawn++;
                _row = Math.Max(Math.Max(0, _lines.Count - rows), _row - Math.Max(1, number));
                break;
            case 'K':
                _lines[_row].Length = number == 2 ? 0 : Math.Min(_column, _lines[_row].Length);
                break;
            case 'J':
                _lines.RemoveRange(_row + 1, _lines.Count - _row - 1);
                _lines[_row].Length = Math.Min(_column, _lines[_row].Length);
                break;
            case 'm':
                IsColoured |= parameter.Split(';').Any(static p => p.Length == 2 && p[0] is '3' or '4' or '9') || parameter.Contains("38",
                    StringComparison.Ordinal);
                break;
            case 'h' or 'l':
                break;
            default:
                throw new InvalidOperationException($"Unknown sequence ESC [ {parameter} {text[end]}");
        }

        return end;
    }

    private void Put(char c)
    {
        if (_column == columns)
        {
            Overlong ??= _lines[_row] + " + " + c;
            _column = 0;
            Down();
        }

        StringBuilder line = _lines[_row];
        line.Length = Math.Max(line.Length, _column + 1);
        line[_column++] = c;
        line.Replace('\0', ' ');
    }

    private void Down()
    {
        if (++_row == _lines.Count)
        {
            _lines.Add(new StringBuilder());
        }
    }
}
