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
        client.Observe(name, delivery == Delivery.Buffered ? ObserveOptions.Buffered(1024) : new ObserveOptions { Delivery = delivery }).Subscribe(this);
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
        Assert.True(_last is null || value.Revision > _last.Value.Revision, $"{value} came after {_last}");
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
        ErrorCode code = _client.TryGet(_name, out int number, out Revision revision);
        if (code == ErrorCode.Argument)
        {
            code = _client.TryGet(_name, buffer, out int length, out revision);
            number = length;
        }

        if (code == ErrorCode.NotFound)
        {
            Assert.NotEqual(PropertyChangeKind.Value, last.Kind);
        }
        else if (revision != Revision.None)
        {
            Assert.Equal(ErrorCode.Success, code);
            Assert.Equal((PropertyChangeKind.Value, revision), (last.Kind, last.Revision));
            Assert.Equal(number, last.Type == PropertyType.Int ? last.Value : last.Bytes.Length);
        }
    }
}
