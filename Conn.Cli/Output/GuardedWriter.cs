using System.Text;

namespace Conn.Cli.Output;

/// <summary>Writes to a stream that may be full, gone or closed. The first failure is kept, and what is written after it is dropped.</summary>
/// <remarks>A backup must not end because its messages cannot be written. Whoever needs what was written reads <see cref="Failure"/>.</remarks>
internal sealed class GuardedWriter(TextWriter writer, bool isTerminal) : TextWriter
{
    /// <summary>Gets the first failure; null while everything was written.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Gets whether the stream is a terminal.</summary>
    public bool IsTerminal => isTerminal;

    public override Encoding Encoding => writer.Encoding;

    public override void Write(char value) => Guard(static (to, c) => to.Write(c), value);

    public override void Write(string? value) => Guard(static (to, text) => to.Write(text), value);

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush() => Guard(static (to, _) => to.Flush(), 0);

    private void Guard<T>(Action<TextWriter, T> write, T value)
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            write(writer, value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Failure = e;
        }
    }
}
