using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;

// Whoever makes the store decides who is who; components get a client, never the store.
using var store = new PropertyStore();
using PropertyClient pump = store.Open(store.MintIdentity(new SecureId(0x20001000)));
using PropertyClient display = store.Open(store.MintIdentity(new SecureId(0x20002000)));

// The display may observe before the pump defines anything.
var level = new PropertyName(Category: 0x20001000, Key: 1);
var alarm = new PropertyName(Category: 0x20001000, Key: 2);
using IDisposable observer = display.Observe(level, new ObserveOptions { Delivery = Delivery.Inline })
    .Subscribe(change => Console.WriteLine($"level: {change}"));

// Anybody reads, only the pump writes. What can be expected to happen is a code, never an exception.
SecurityPolicy onlyThePump = SecurityPolicy.ForSecureId(pump.Identity.SecureId);
Require(pump.Define(level, PropertyType.Int, SecurityPolicy.AlwaysPass, onlyThePump));
Require(pump.Define(alarm, PropertyType.Int, SecurityPolicy.AlwaysPass, onlyThePump));
Require(pump.Set(level, 40));
Console.WriteLine($"the display writes: {display.Set(level, 0)}");

// Two values, one revision; then a change that is made of the value it replaces.
Require(pump.Publish(new PropertyBatch().Set(level, 95).Set(alarm, 1), out Stamp both));
Require(pump.Update(level, value => value - 10, out int lower, out _));
Console.WriteLine($"lowered to {lower} after revision {both}");

// Waiting is for a state, now or later: one that is over before it is looked at may be missed. A watch begins with what is current and leaves nothing out.
PropertyChange raised = await display.WaitForAsync(alarm, change => change.Value == 1, CancellationToken.None);
await foreach (PropertyEvent told in display.WatchAsync(category: 0x20001000).TakeWhile(e => e.Kind == PropertyEventKind.Change))
{
    Console.WriteLine($"now: key {told.Name.Key} is {told.Change.Value}, alarm since {raised.Stamp}");
}

static ErrorCode Require(ErrorCode code) => code.IsNone ? code : throw new ConnException(code, $"The bus refused: {code}.");
