using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Conn.Engine.Tests")]
