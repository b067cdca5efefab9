using System.Collections;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Simulation;

/// <summary>Results that a call must not return, and exceptions that cannot be described.</summary>
internal static class Nonsense
{
    private const int LongToken = 5000;
    private const int LongText = 5000;

    /// <summary>What of it an owner returns or throws.</summary>
    private enum Form
    {
        NullRemarks,
        NullLists,
        NullText,
        ThrowingList,
        EndlessList,
        LongText,
        LongToken,
        ChangingToken,
        MessageThrows,
        TextThrows,
    }

    /// <summary>The code with which the owner must fail; None when the result must be taken all the same.</summary>
    public static ErrorCode CodeOf(SimulationFault fault) => FormOf(fault) switch
    {
        Form.NullRemarks or Form.NullLists or Form.NullText => ErrorCode.BadDescriptor,
        Form.ThrowingList => ErrorCode.General,
        Form.LongToken => ErrorCode.TooBig,
        Form.MessageThrows => fault.Code,
        Form.TextThrows => ErrorCode.General,
        _ => ErrorCode.Success,
    };

    /// <summary>Whether the owner changes the array of its token after it has returned it.</summary>
    public static bool ChangesToken(SimulationFault fault) => FormOf(fault) == Form.ChangingToken;

    /// <summary>Makes the result, or throws.</summary>
    public static OwnerCallResult Make(SimulationFault fault, OwnerCallResult result) => FormOf(fault) switch
    {
        Form.NullRemarks => result with { Remarks = null },
        Form.NullLists => result with { Remarks = new OwnerRemarks([], null!) },
        Form.NullText => result with { Remarks = new OwnerRemarks(["a note", null!], []) },
        Form.ThrowingList => result with { Remarks = new OwnerRemarks(new TextList(throws: true), []) },
        Form.EndlessList => result with { Remarks = new OwnerRemarks(new TextList(throws: false), []) },
        Form.LongText => result with { Remarks = new OwnerRemarks([$"{fault.Callback} {new string('x', LongText)}"], []) },
        Form.LongToken => result with { Token = new byte[LongToken] },
        Form.ChangingToken => result with { Token = result.Token.ToArray() },
        Form.MessageThrows => throw new MessageException(fault.Code),
        _ => throw new TextException(),
    };

    private static Form FormOf(SimulationFault fault) => fault.Callback switch
    {
        OwnerCallKind.Recover or OwnerCallKind.TakeRemarks => (fault.Amount % 8) switch
        {
            0 => Form.NullRemarks,
            1 => Form.NullLists,
            2 => Form.NullText,
            3 => Form.ThrowingList,
            4 => Form.EndlessList,
            5 => Form.LongText,
            6 => Form.MessageThrows,
            _ => Form.TextThrows,
        },
        OwnerCallKind.PrepareRestore => (fault.Amount % 4) switch { 0 => Form.LongToken, 1 or 2 => Form.ChangingToken, _ => Form.MessageThrows },
        _ => fault.Amount % 2 == 0 ? Form.MessageThrows : Form.TextThrows,
    };

    /// <summary>A list that throws at its second text, or has no end.</summary>
    private sealed class TextList(bool throws) : IReadOnlyList<string>
    {
        public int Count => int.MaxValue;

        public string this[int index] => throw new InvalidOperationException("scripted: this list cannot be indexed");

        public IEnumerator<string> GetEnumerator()
        {
            yield return "a note";
            while (true)
            {
                yield return throws ? throw new InvalidOperationException("scripted to throw while it is read") : "another note";
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>An exception with a code, whose message cannot be read.</summary>
    private sealed class MessageException(ErrorCode code) : ConnException(code, "")
    {
        public override string Message => throw new InvalidOperationException("scripted: this message cannot be read");

        public override string ToString() => throw new InvalidOperationException("scripted: this exception cannot be described");
    }

    /// <summary>An exception that cannot be described.</summary>
    private sealed class TextException : Exception
    {
        public override string ToString() => throw new InvalidOperationException("scripted: this exception cannot be described");
    }
}
