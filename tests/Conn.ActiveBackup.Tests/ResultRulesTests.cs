using System.Collections;
using Conn.ActiveBackup.Calls;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>What becomes of results that no owner may give.</summary>
public sealed class ResultRulesTests
{
    private const int Most = ResultRules.MaxRemarks;

    [Theory]
    [InlineData(OwnerCallKind.GetBackupDataSection, -1)]
    [InlineData(OwnerCallKind.GetBackupDataSection, 9)]
    [InlineData(OwnerCallKind.GetBackupDataSection, int.MaxValue)]
    [InlineData(OwnerCallKind.GetSnapshotData, int.MinValue)]
    [InlineData(OwnerCallKind.GetSnapshotData, 9)]
    public void More_bytes_than_the_buffer_has_or_fewer_than_none_are_a_failure(OwnerCallKind kind, int bytes)
    {
        OwnerCallResult result = new OwnerCallResult { Section = new SectionResult(bytes, true) }.Checked(OwnerCall.Take(kind, OrderLab.C, new byte[8]));

        Assert.Equal((ErrorCode.BadDescriptor, default), (result.Failure!.Code, result.Section));
    }

    [Theory]
    [InlineData(OwnerCallKind.GetBackupDataSection, 0)]
    [InlineData(OwnerCallKind.GetBackupDataSection, 8)]
    [InlineData(OwnerCallKind.GetSnapshotData, 8)]
    public void Bytes_that_fit_the_buffer_are_kept(OwnerCallKind kind, int bytes) =>
        Assert.Equal(new SectionResult(bytes, false), Checked(new OwnerCallResult { Section = new SectionResult(bytes, false) }, kind).Section);

    [Theory]
    [InlineData(long.MinValue, -1)]
    [InlineData(-2, -1)]
    [InlineData(-1, -1)]
    [InlineData(0, 0)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void An_expected_size_below_zero_is_unknown(long given, long kept) =>
        Assert.Equal(kept, Checked(new OwnerCallResult { Number = given }, OwnerCallKind.GetExpectedDataSize).Number);

    [Fact]
    public void A_token_that_is_too_long_is_a_failure_and_one_of_the_greatest_length_is_kept()
    {
        OwnerCallResult tooLong = Checked(new OwnerCallResult { Token = new byte[ResultRules.MaxTokenBytes + 1] }, OwnerCallKind.PrepareRestore);
        OwnerCallResult longest = Checked(new OwnerCallResult { Token = new byte[ResultRules.MaxTokenBytes] }, OwnerCallKind.PrepareRestore);

        Assert.Equal((ErrorCode.TooBig, 0), (tooLong.Failure!.Code, tooLong.Token.Length));
        Assert.Equal((null, ResultRules.MaxTokenBytes), (longest.Failure, longest.Token.Length));
    }

    [Fact]
    public void A_token_does_not_change_when_the_owner_changes_its_array_afterwards()
    {
        byte[] array = [1, 2, 3];
        OwnerCallResult result = Checked(new OwnerCallResult { Token = array }, OwnerCallKind.PrepareRestore);

        array[0] = 9;

        Assert.Equal([1, 2, 3], result.Token.ToArray());
    }

    [Theory]
    [InlineData(OwnerCallKind.Recover)]
    [InlineData(OwnerCallKind.TakeRemarks)]
    public void No_remarks_no_list_and_no_text_in_a_list_are_failures(OwnerCallKind kind)
    {
        OwnerRemarks?[] remarks =
        [
            null, new OwnerRemarks(null!, []), new OwnerRemarks([], null!), new OwnerRemarks(["a", null!], []), new OwnerRemarks([], [null!]),
        ];
        Assert.All(remarks, r => Assert.Equal((ErrorCode.BadDescriptor, null), CodeAndRemarks(Checked(new OwnerCallResult { Remarks = r }, kind))));
    }

    [Theory]
    [InlineData(OwnerCallKind.Recover)]
    [InlineData(OwnerCallKind.TakeRemarks)]
    public void A_list_that_throws_while_it_is_walked_is_the_failure_of_the_owner(OwnerCallKind kind)
    {
        ConnException thrown = new(ErrorCode.AccessDenied, "the list throws");
        OwnerList throws = new(() => throw thrown);

        Assert.All([new OwnerRemarks(throws, []), new OwnerRemarks([], throws)], r =>
        {
            OwnerCallResult result = Checked(new OwnerCallResult { Remarks = r }, kind);
            Assert.Same(thrown, result.Failure!.Cause);
            Assert.Equal((ErrorCode.AccessDenied, null), CodeAndRemarks(result));
        });
    }

    [Fact]
    public void A_list_without_an_end_is_cut_and_says_so()
    {
        OwnerList endless = new(() => "again");

        OwnerRemarks remarks = Checked(new OwnerCallResult { Remarks = new OwnerRemarks(endless, ["e"]) }, OwnerCallKind.TakeRemarks).Remarks!;

        Assert.Equal(Most + 1, remarks.Notes.Count);
        Assert.All(remarks.Notes.Take(Most), n => Assert.Equal("again", n));
        Assert.NotEqual("again", remarks.Notes[Most]);
        Assert.Equal(["e"], remarks.Errors);
    }

    [Fact]
    public void A_list_of_the_greatest_length_is_kept_whole()
    {
        string[] notes = [.. Enumerable.Range(0, Most).Select(i => $"{i}")];

        Assert.Equal(notes, Checked(new OwnerCallResult { Remarks = new OwnerRemarks(notes, []) }, OwnerCallKind.Recover).Remarks!.Notes);
    }

    [Fact]
    public void A_text_that_is_too_long_is_cut_wherever_it_is()
    {
        string text = new('x', ResultRules.MaxRemarkLength + 1);

        OwnerRemarks remarks = Checked(new OwnerCallResult { Remarks = new OwnerRemarks([text], [text], text) }, OwnerCallKind.TakeRemarks).Remarks!;

        Assert.All([remarks.Notes[0], remarks.Errors[0], remarks.WhyBase!], t =>
        {
            Assert.StartsWith(text[..ResultRules.MaxRemarkLength], t, StringComparison.Ordinal);
            Assert.InRange(t.Length, ResultRules.MaxRemarkLength, ResultRules.MaxRemarkLength + 8);
        });
    }

    [Fact]
    public void Remarks_do_not_change_when_the_owner_changes_its_lists_afterwards()
    {
        List<string> notes = ["one"];
        List<string> errors = ["two"];
        OwnerRemarks remarks = Checked(new OwnerCallResult { Remarks = new OwnerRemarks(notes, errors, "why") }, OwnerCallKind.TakeRemarks).Remarks!;

        notes.Clear();
        errors.Add("three");

        Assert.Equal(["one"], remarks.Notes);
        Assert.Equal(["two"], remarks.Errors);
        Assert.Equal("why", remarks.WhyBase);
    }

    [Fact]
    public void A_failure_without_a_code_or_with_a_message_that_is_too_long_is_corrected()
    {
        OwnerCallFailure kept = Checked(OwnerCallResult.Failed(ErrorCode.Success, new string('x', 1 << 20)), OwnerCallKind.TakeRemarks).Failure!;
        OwnerCallFailure mute = Checked(OwnerCallResult.Failed(ErrorCode.DiskFull, null!), OwnerCallKind.TakeRemarks).Failure!;

        Assert.Equal((ErrorCode.General, ErrorCode.DiskFull), (kept.Code, mute.Code));
        Assert.InRange(kept.Message.Length, 4096, 4104);
        Assert.NotEmpty(mute.Message);
    }

    [Fact]
    public void Values_beside_a_failure_are_dropped()
    {
        OwnerCallResult failed = OwnerCallResult.Failed(ErrorCode.DiskFull, "full");
        OwnerCallResult given = failed with { Section = new SectionResult(3, true), Token = new byte[1 << 20], Number = 7 };

        Assert.Equal(failed, Checked(given, OwnerCallKind.PrepareRestore));
    }

    [Fact]
    public void A_failure_is_passed_on_as_it_is()
    {
        OwnerCallResult failed = OwnerCallResult.Failed(ErrorCode.DiskFull, "full");

        Assert.All(Enum.GetValues<OwnerCallKind>(), k => Assert.Equal(failed, Checked(failed, k)));
    }

    [Fact]
    public void An_exception_whose_message_cannot_be_read_is_described_by_its_type()
    {
        OwnerCallFailure failure = OwnerCallFailure.Of(new UnreadableException(() => throw new InvalidOperationException("inside Message")));

        Assert.Equal(ErrorCode.General, failure.Code);
        Assert.Contains(nameof(UnreadableException), failure.Message, StringComparison.Ordinal);
        Assert.Equal(nameof(UnreadableException), OwnerCallFailure.Of(new UnreadableException(() => null!)).Message);
    }

    [Fact]
    public void A_message_that_is_too_long_is_cut()
    {
        string message = OwnerCallFailure.Of(new InvalidOperationException(new string('x', 1 << 20))).Message;

        Assert.InRange(message.Length, 4096, 4104);
    }

    [Fact]
    public void An_exception_keeps_its_own_code_a_cancellation_is_Cancel_and_anything_else_is_General()
    {
        Exception[] thrown =
        [
            new ConnException(new ErrorCode(4711), "own"), new TaskCanceledException(), new OperationCanceledException(), new IOException("io"),
        ];

        Assert.Equal([new ErrorCode(4711), ErrorCode.Cancel, ErrorCode.Cancel, ErrorCode.General], thrown.Select(t => OwnerCallFailure.Of(t).Code));
        Assert.All(thrown, t => Assert.Same(t, OwnerCallFailure.Of(t).Cause));
    }

    private static OwnerCallResult Checked(OwnerCallResult result, OwnerCallKind kind) => result.Checked(OrderLab.CallOf(kind, OrderLab.C, last: false));

    private static (ErrorCode? Code, OwnerRemarks? Remarks) CodeAndRemarks(OwnerCallResult result) => (result.Failure?.Code, result.Remarks);

    /// <summary>A list of an owner: every element is what the function gives, without an end, and its count is a lie.</summary>
    private sealed class OwnerList(Func<string> next) : IReadOnlyList<string>
    {
        public int Count => 1;

        public string this[int index] => next();

        public IEnumerator<string> GetEnumerator()
        {
            while (true)
            {
                yield return next();
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>An exception of an owner whose message is code of the owner too.</summary>
    private sealed class UnreadableException(Func<string> message) : Exception
    {
        public override string Message => message();
    }
}
