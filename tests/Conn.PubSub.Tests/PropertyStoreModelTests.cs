using System.Buffers.Binary;
using System.Reactive.Concurrency;
using Conn.PubSub.Security;
using CsCheck;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class PropertyStoreModelTests
{
    private const uint OwnerSid = 0x20000001;
    private const int Names = 2;
    private const int Clients = 2;
    private static readonly SecurityPolicy[] Policies =
        [SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), SecurityPolicy.AlwaysFail];

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Int[0, 11], Gen.Int[0, Clients - 1], Gen.Int[0, Names - 1], Gen.Int[0, 2], Gen.Int[0, 15], Gen.Int[-3, 3])
        .Select((operation, client, name, type, policy, value) => new Step(operation, client, name, type, policy, value));

    [Fact]
    public void Any_sequence_of_operations_behaves_as_the_model_says() => Steps.Array[1, 60].Sample(Run, iter: 3000);

    private static void Run(Step[] steps)
    {
        var scheduler = new HistoricalScheduler();
        using var store = new PropertyStore(new PropertyStoreOptions { Scheduler = scheduler });
        PropertyClient[] clients = [store.Open(store.MintIdentity(new SecureId(OwnerSid))), store.Open(store.MintIdentity(new SecureId(2)))];
        var model = new PropertyStoreModel(OwnerSid, (policy, client) => policy.Passes(clients[client].Identity));
        Property[] handles = [.. Enumerable.Range(0, Clients * Names).Select(h => clients[h % Clients].Attach(Name(h / Clients)))];
        var subscriptions = new Dictionary<int, ValueTask<ErrorCode>>();
        Follower[] followers = [.. Enumerable.Range(0, Names * 3).Select(i => new Follower(clients[0], Name(i / 3), (Delivery)(i % 3)))];
        scheduler.Start();
        foreach (Step step in steps)
        {
            Apply(step);
            Assert.Equal(model.Revision, store.Revision.Value);
        }

        Drain();
        foreach (Follower follower in followers)
        {
            follower.Check(store);
        }

        void Apply(Step step)
        {
            int handle = (step.Name * Clients) + step.Client;
            PropertyClient client = clients[step.Client];
            PropertyName name = Name(step.Name);
            var type = (PropertyType)step.Type;
            switch (step.Operation)
            {
                case 0 or 1:
                    SecurityPolicy read = Policies[step.Policy & 3];
                    SecurityPolicy write = Policies[step.Policy >> 2];
                    var definition = new PropertyDefinition { Type = type, Read = read, Write = write };
                    Assert.Equal(model.Define(step.Client, step.Name, type, read, write), client.TryDefine(name, definition));
                    break;
                case 2:
                    Assert.Equal(model.Delete(step.Client, step.Name), client.TryDelete(name));
                    break;
                case 3 or 4:
                    byte[] value = ValueOf(step);
                    ErrorCode expected = model.Set(step.Client, step.Name, step.Type == 0, value);
                    Assert.Equal(expected, (step.Type, step.Operation) switch
                    {
                        (0, 3) => client.TrySet(name, step.Value),
                        (0, _) => handles[handle].TrySet(step.Value),
                        (_, 3) => client.TrySet(name, value),
                        _ => handles[handle].TrySet(value),
                    });
                    break;
                case 5 or 6:
                    CheckGet(step, client, handles[handle]);
                    break;
                case 7 when model.Outstanding.ContainsKey(handle):
                    Assert.Throws<InvalidOperationException>(() => { _ = handles[handle].SubscribeAsync().AsTask(); });
                    break;
                case 7:
                    model.Subscribe(handle, step.Client, step.Name);
#pragma warning disable CA2012 // Kept to look at; consumed once, when the model says it is complete.
                    subscriptions[handle] = handles[handle].SubscribeAsync();
#pragma warning restore CA2012
                    break;
                case 8:
                    if (step.Value == 0)
                    {
                        handles[handle].Dispose();
                        handles[handle] = client.Attach(name);
                    }
                    else
                    {
                        handles[handle].Cancel();
                    }

                    if (model.Forget(handle))
                    {
                        Assert.True(subscriptions[handle].IsCompleted);
                        Assert.Equal(ErrorCode.Cancel, subscriptions[handle].Result);
                    }

                    break;
                case 9:
                    Exchange(step, client, handles[handle]);
                    break;
                case 10:
                    byte[] four = ValueOf(step with { Type = 0 });
                    PropertyBatch batch = new PropertyBatch().Set(Name(0), step.Value).Set(Name(1), step.Value);
                    ErrorCode published = model.Publish(step.Client, (0, four), (1, four));
                    Assert.Equal(published, client.TryPublish(batch, out Revision both));
                    Assert.Equal(published.IsSuccess ? model.Revision : 0, both.Value);
                    break;
                default:
                    Drain();
                    break;
            }
        }

        void Exchange(Step step, PropertyClient client, Property handle)
        {
            // The revision of some earlier publish, often the last one.
            var expected = new Revision(Math.Max(0, model.Revision - (step.Policy >> 2)));
            byte[] value = ValueOf(step);
            ErrorCode wanted = model.Set(step.Client, step.Name, step.Type == 0, value, expected.Value);
            ErrorCode code = step.Type == 0
                ? client.TryCompareAndSet(Name(step.Name), step.Value, expected, out Revision found)
                : handle.TryCompareAndSet(value, expected, out found);
            Assert.Equal(wanted, code);
            Assert.True(wanted != ErrorCode.Success || found.Value == model.Revision);
            Assert.True(wanted != ErrorCode.Changed || found != expected);
        }

        void CheckGet(Step step, PropertyClient client, Property handle)
        {
            byte[] buffer = new byte[step.Policy * 40];
            ErrorCode expected = model.Get(step.Client, step.Name, step.Type == 0, buffer.Length, out byte[] value, out int whole, out long revision);
            if (step.Type == 0)
            {
                ErrorCode code = step.Operation == 5
                    ? client.TryGet(Name(step.Name), out int number, out Revision found)
                    : handle.TryGet(out number, out found);
                int wanted = value.Length == 4 ? BinaryPrimitives.ReadInt32LittleEndian(value) : 0;
                Assert.Equal((expected, wanted, revision), (code, number, found.Value));
            }
            else
            {
                ErrorCode code = step.Operation == 5
                    ? client.TryGet(Name(step.Name), buffer, out int length, out Revision found)
                    : handle.TryGet(buffer, out length, out found);
                Assert.Equal((expected, whole, revision), (code, length, found.Value));
                Assert.Equal(value, buffer[..Math.Min(length, buffer.Length)]);
            }
        }

        void Drain()
        {
            scheduler.Start();
            foreach ((int handle, PropertyStoreModel.Waiting waiting) in model.Outstanding.ToArray())
            {
                Assert.Equal(waiting.Code is not null, subscriptions[handle].IsCompleted);
                if (waiting.Code is { } code)
                {
                    Assert.Equal(code, subscriptions[handle].Result);
                    model.Forget(handle);
                }
            }
        }
    }

    private static PropertyName Name(int index) => new(OwnerSid, (uint)index);

    private static byte[] ValueOf(Step step)
    {
        if (step.Type == 0)
        {
            byte[] four = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(four, step.Value);
            return four;
        }

        // Empty, small, the largest of one type, the smallest that only the other takes.
        byte[] bytes = new byte[step.Policy switch { 15 => 513, 14 => 512, 13 => 65536, _ => step.Policy * 3 }];
        bytes.AsSpan().Fill((byte)step.Value);
        return bytes;
    }

    private sealed record Step(int Operation, int Client, int Name, int Type, int Policy, int Value);
}
