using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Conn.DataOwners.Tests")]
