using System.Globalization;

namespace Conn.PlantedBugs;

/// <summary>Notes by name, kept in one text file: a line for each note, with name and text.</summary>
internal static class Notebook
{
    public static SortedDictionary<string, string> Read(string path)
    {
        SortedDictionary<string, string> notes = new(StringComparer.Ordinal);
        foreach (string line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            string[] parts = line.Split('=', 2);
            notes[parts[0]] = parts[1];
        }

        return notes;
    }

    /// <summary>Writes the whole file, through to the device.</summary>
    public static void Write(string path, SortedDictionary<string, string> notes)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 4096, FileOptions.WriteThrough);
        using (StreamWriter writer = new(file, leaveOpen: true))
        {
            foreach ((string name, string text) in notes)
            {
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"{name}={text}\n"));
            }
        }
    }
}
