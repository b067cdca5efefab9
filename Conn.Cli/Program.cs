using Conn.Cli;
using Conn.Cli.Output;

return await ConnTool.RunAsync(args, StandardStreams.Output(), StandardStreams.Errors(), CancellationToken.None);
