
namespace Conn.Engine.Tests;

/// <summary>Makes what an owner throws.</summary>
internal static class ThrownExceptions
{
    public static Exception Make(Thrown thrown) => thrown switch
    {
        Thrown.MessageThrows => new OddException { Text = () => throw new InvalidOperationException("no message") },
        Thrown.EverythingThrows => new OddException { Text = () => throw new OddException(), Description = () => throw new OddException() },
        Thrown.NullMessage => new OddException { Text = () => null!, Description = () => null! },
        Thrown.LongMessage => new InvalidOperationException(new string('m', 1 << 20)),
        Thrown.HalfACharacter => new InvalidOperationException("half \uD800 of it"),
        Thrown.Cancellation => new OperationCanceledException("out of nowhere"),
        Thrown.NoError => new ConnException(ErrorCode.Success, "no error at all"),
        Thrown.Null => null!,
        _ => new AggregateException(new InvalidOperationException("one"), new FormatException("two")),
    };

    private sealed class OddException : Exception
    {
        public Func<string> Text { get; init; } = () => "odd";

        public Func<string> Description { get; init; } = () => "odd";

        public override string Message => Text();

        public override string? StackTrace => Description();

        public override string ToString() => Description();
    }
}
