using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Conn.PubSub.Tests")]
