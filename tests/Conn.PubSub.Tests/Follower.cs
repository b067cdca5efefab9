using Conn.PubSub.Observables;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>An observer that checks the promises of a stream as it goes, and its last element against the store.</summary>
internal sealed class Follower : IObserver<PropertyChange>
{
    private readonly PropertyClient _client;
    private readonly PropertyName _name;
    private PropertyChange? _last;
    private Exception? _error;

    public Follower(PropertyClient client, PropertyName name, Delivery delivery)
    {
        _client = client;
        _name = name;
        client.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(this);
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
        Assert.Null(_error);
        _error = error;
    }

    public void OnNext(PropertyChange value)
    {
        Assert.Null(_error);
        Assert.True(_last is null || value.Stamp > _last.Value.Stamp, $"{value} came after {_last}");
        Assert.True(_last is null || value.Kind != PropertyChangeKind.Undefined, "Undefined is only a first element");
        _last = value;
    }

    public void Check(PropertyStore store)
    {
        Assert.Equal(0, store.ObserverFailures);
        if (_error is not null)
        {
            Assert.Equal(ErrorCode.PermissionDenied, Assert.IsType<ConnException>(_error).Code);
            return;
        }

        PropertyChange last = Assert.NotNull(_last);
        byte[] buffer = new byte[PropertyLimits.MaxLargeByteArrayBytes];
        ErrorCode code = _client.Get(_name, out int number, out Stamp stamp);
        if (code == ErrorCode.Argument)
        {
            code = _client.Get(_name, buffer, out int length, out stamp);
            number = length;
        }

        if (code == ErrorCode.NotFound)
        {
            Assert.NotEqual(PropertyChangeKind.Value, last.Kind);
        }
        else if (stamp != Stamp.Never)
        {
            Assert.Equal(ErrorCode.None, code);
            Assert.Equal((PropertyChangeKind.Value, stamp), (last.Kind, last.Stamp));
            Assert.Equal(number, last.Type == PropertyType.Int ? last.Value : last.Bytes.Length);
        }
    }
}
