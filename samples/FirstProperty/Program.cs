using Conn.PubSub;
using Conn.PubSub.Security;

using var store = new PropertyStore();
using PropertyClient pump = store.Open(new SecureId(0x20001000));
var level = new PropertyName(Category: 0x20001000, Key: 1);
pump.Define(level, PropertyDefinition.Open(PropertyType.Int));
using IDisposable display = pump.Observe(level, ObserveOptions.Inline).Subscribe(change => Console.WriteLine(change));
pump.Set(level, 40);
