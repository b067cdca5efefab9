using Conn.PubSub;
using Conn.PubSub.Security;

// The program that makes the store decides which component is which; components get a client, never the store.
using var store = new PropertyStore();
using PropertyClient pump = store.Open(new SecureId(0x20001000));
using PropertyClient display = store.Open(new SecureId(0x20002000));

// The display may observe before the pump defines anything.
var level = new PropertyName(Category: 0x20001000, Key: 1);
var alarm = new PropertyName(Category: 0x20001000, Key: 2);
using IDisposable observer = display.Observe(level, ObserveOptions.Inline).Subscribe(change => Console.WriteLine($"level: {change}"));

// Every client reads, only the pump writes. An outcome that can be expected is a code; the forms without Try throw instead.
PropertyDefinition definition = PropertyDefinition.Open(PropertyType.Int) with { Write = SecurityPolicy.ForSecureId(pump.Identity.SecureId) };
pump.Define(level, definition);
pump.Define(alarm, definition);
pump.Set(level, 40);
Console.WriteLine($"the display writes: {display.TrySet(level, 0)}");

// Two values with one revision; then a value that is made of the one that it replaces.
Revision both = pump.Publish(new PropertyBatch().Set(level, 95).Set(alarm, 1));
using Property handle = pump.Attach(level);
(_, int lower, _) = await handle.TryUpdateAsync(value => value - 10);
Console.WriteLine($"lowered to {lower} after revision {both}");

// A wait is for a state, now or later: one that was replaced meanwhile may be missed. A watch begins with the current values and has no gap.
PropertyChange raised = await display.WaitForAsync(alarm, change => change.Value == 1);
await foreach (PropertyEvent element in display.WatchAsync(category: 0x20001000).TakeWhile(e => e.Kind == PropertyEventKind.Change))
{
    Console.WriteLine($"now: key {element.Name.Key} is {element.Change.Value}, alarm since {raised.Revision}");
}
