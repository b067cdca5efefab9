using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>The forms without Try throw the code of the refusal, and return what was made.</summary>
public sealed class ThrowingFormsTests : IDisposable
{
    private static readonly PropertyName Number = new(1, 1);
    private static readonly PropertyName Bytes = new(1, 2);
    private static readonly PropertyName Absent = new(1, 9);
    private readonly PropertyStore _store = new();
    private readonly PropertyClient _client;

    public ThrowingFormsTests()
    {
        _client = _store.Open(new SecureId(1));
        _client.Define(Number, PropertyDefinition.Open(PropertyType.Int));
        _client.Define(Bytes, PropertyDefinition.Open(PropertyType.ByteArray));
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task They_return_the_value_or_the_revision()
    {
        using Property number = _client.Attach(Number);
        using Property bytes = _client.Attach(Bytes);
        Revision[] revisions =
        [
            _client.Set(Number, 1), _client.Set(Bytes, [1]), number.Set(2), bytes.Set([2]), _client.Publish(new PropertyBatch().Set(Number, 3)),
            await _client.SetAsync(Number, 4, TestContext.Current.CancellationToken),
        ];
        Assert.Equal(revisions.Distinct().Order(), revisions);
        Assert.Equal((4, 4, _store.Revision), (_client.GetInt(Number), number.GetInt(), revisions[^1]));
        _client.Delete(Number);
    }

    [Fact]
    public async Task They_throw_the_code_and_name_the_property()
    {
        using Property absent = _client.Attach(Absent);
        Action[] refused =
        [
            () => _client.Delete(Absent), () => _client.GetInt(Absent), () => _client.Set(Absent, 1), () => _client.Set(Absent, []),
            () => absent.GetInt(), () => absent.Set(1), () => absent.Set([1]),
        ];
        Assert.All(refused, call =>
        {
            ConnException exception = Assert.Throws<ConnException>(call);
            Assert.Equal(ErrorCode.NotFound, exception.Code);
            Assert.Contains(Absent.ToString(), exception.Message, StringComparison.Ordinal);
        });
        Assert.Equal(ErrorCode.AlreadyExists, Assert.Throws<ConnException>(() => _client.Define(Number, PropertyDefinition.Open(PropertyType.Int))).Code);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<ConnException>(() => _client.Publish(new PropertyBatch().Set(Absent, 1))).Code);
        CancellationToken token = TestContext.Current.CancellationToken;
        Assert.Equal(ErrorCode.NotFound, (await Assert.ThrowsAsync<ConnException>(async () => await _client.SetAsync(Absent, 1, token))).Code);
        PropertyDefinition open = PropertyDefinition.Open(PropertyType.Int);
        ConnException foreign = await Assert.ThrowsAsync<ConnException>(async () => await _client.DefineAsync(new PropertyName(2, 1), open, token));
        Assert.Equal(ErrorCode.PermissionDenied, foreign.Code);
    }
}
