using System.Runtime.CompilerServices;

// Microsoft.Reactive.Testing 3.1.1 was compiled against this assembly; System.Reactive 7 holds its types.
[assembly: TypeForwardedTo(typeof(System.Reactive.Concurrency.IScheduler))]
[assembly: TypeForwardedTo(typeof(System.Reactive.IObserver<,>))]
