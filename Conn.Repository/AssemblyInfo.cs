using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Conn.Repository.Tests")]
